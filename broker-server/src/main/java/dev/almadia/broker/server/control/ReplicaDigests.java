// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.server.control;

import dev.almadia.broker.core.BrokerError;
import dev.almadia.broker.core.Errors;
import dev.almadia.broker.server.BrokerException;
import dev.almadia.internal.v1.DigestReplicaRequest;
import dev.almadia.internal.v1.DigestReplicaResponse;
import dev.almadia.raft.shard.GroupView;
import dev.almadia.raft.store.LogStore;
import dev.almadia.raft.store.StoreException;
import dev.almadia.v1.ErrorReason;
import java.util.HexFormat;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;

/** Hashes of the replicas on this broker. Any thread; the reading is done on the read pool. */
final class ReplicaDigests {
  private final ControlParts parts;

  ReplicaDigests(ControlParts parts) {
    this.parts = parts;
  }

  /** Hashes a range of the committed log. */
  CompletableFuture<DigestReplicaResponse> here(DigestReplicaRequest request) {
    CompletableFuture<DigestReplicaResponse> done = new CompletableFuture<>();
    try {
      parts
          .context()
          .readPool()
          .execute(
              () -> {
                try {
                  done.complete(digest(request));
                } catch (RuntimeException e) {
                  done.completeExceptionally(e);
                }
              });
    } catch (RejectedExecutionException e) {
      done.completeExceptionally(new BrokerException(Errors.throttled("read queue", 0)));
    }
    return done;
  }

  /** On the read pool: reads the whole range. */
  private DigestReplicaResponse digest(DigestReplicaRequest request) {
    long groupId = request.getGroupId();
    long from = request.getFromIndex();
    long to = request.getToIndex();
    GroupView view = parts.context().groups().view(groupId);
    if (view == null || from < view.firstIndex() || to > view.commitIndex() || to < from) {
      throw notInLog(from, to);
    }
    LogStore store = parts.context().store();
    try {
      byte[] hash = store.digest(groupId, from, to);
      long firstOffset =
          from == view.firstIndex()
              ? view.logStartOffset()
              : store.header(groupId, from - 1).nextOffset();
      return DigestReplicaResponse.newBuilder()
          .setDigest(HexFormat.of().formatHex(hash))
          .setEntries(to - from + 1)
          .setFirstOffset(firstOffset)
          .setNextOffset(store.header(groupId, to).nextOffset())
          .build();
    } catch (StoreException e) {
      if (e.reason() == StoreException.Reason.NOT_FOUND) {
        // The log was cut meanwhile.
        throw notInLog(from, to);
      }
      throw new BrokerException(
          BrokerError.of(
              ErrorReason.ERROR_REASON_DATA_CORRUPTION,
              "Broker "
                  + parts.context().brokerId()
                  + " cannot read group "
                  + groupId
                  + ": "
                  + e.getMessage(),
              "broker_id",
              parts.context().brokerId(),
              "group_id",
              groupId));
    }
  }

  private static BrokerException notInLog(long from, long to) {
    return new BrokerException(
        Errors.invalid(
            "from_index", from + " to " + to, "must lie in the committed log of the replica"));
  }
}
