// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.server.control;

import dev.almadia.broker.core.Errors;
import dev.almadia.broker.server.BrokerContext;
import dev.almadia.broker.server.BrokerException;
import dev.almadia.internal.v1.GetReplicasResponse;
import dev.almadia.internal.v1.ReplicaReport;
import dev.almadia.raft.core.EntryHeader;
import dev.almadia.raft.store.StoreException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;

/** Looks where the logs of replicas here end, on disk. Any thread; reads on the read pool. */
final class LastEntries {
  private final BrokerContext context;

  LastEntries(BrokerContext context) {
    this.context = context;
  }

  /** Adds to each report the term of the last durable entry, and the offset after it. */
  CompletableFuture<GetReplicasResponse> addTo(GetReplicasResponse.Builder answer) {
    CompletableFuture<GetReplicasResponse> done = new CompletableFuture<>();
    try {
      context
          .readPool()
          .execute(
              () -> {
                for (int i = 0; i < answer.getReplicasCount(); i++) {
                  look(answer.getReplicasBuilder(i));
                }
                done.complete(answer.build());
              });
    } catch (RejectedExecutionException e) {
      done.completeExceptionally(new BrokerException(Errors.throttled("read queue", 0)));
    }
    return done;
  }

  /** A replica whose log cannot be read to its end is none to go on with. */
  private void look(ReplicaReport.Builder report) {
    long last = report.getDurableIndex();
    if (!report.getProblem().isEmpty()) {
      return;
    }
    if (last < report.getLastIndex()) {
      report.setProblem("its log is being written at the moment");
    } else if (last < Math.max(1, report.getFirstIndex())) {
      report.setEndOffset(report.getLogStartOffset()); // empty, or cut up to its end
    } else {
      try {
        EntryHeader header = context.store().header(report.getGroupId(), last);
        report.setLastTerm(header.term()).setEndOffset(header.nextOffset());
      } catch (StoreException e) {
        report.setProblem(String.valueOf(e.getMessage()));
      }
    }
  }
}
