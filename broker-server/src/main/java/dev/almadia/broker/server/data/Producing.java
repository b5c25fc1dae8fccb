// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.server.data;

import dev.almadia.broker.core.BrokerError;
import dev.almadia.broker.core.Errors;
import dev.almadia.broker.core.metadata.TopicImage;
import dev.almadia.broker.core.topics.Decision;
import dev.almadia.broker.server.BrokerContext;
import dev.almadia.broker.server.grpc.Statuses;
import dev.almadia.internal.v1.OpaqueProduceRequest;
import dev.almadia.v1.PartitionResult;
import dev.almadia.v1.ProduceResponse;
import dev.almadia.v1.WriteOutcome;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReferenceArray;

/** Produce: one batch, one answer. Any thread; nothing blocks. */
final class Producing {
  private final BrokerContext broker;
  private final TopicLookup topics;
  private final PartWriter writer;
  private final ByteBudget budget;
  private final long retryMs;

  Producing(
      BrokerContext broker,
      TopicLookup topics,
      PartWriter writer,
      ByteBudget budget,
      long retryMs) {
    this.broker = broker;
    this.topics = topics;
    this.writer = writer;
    this.budget = budget;
    this.retryMs = retryMs;
  }

  PartWriter writer() {
    return writer;
  }

  TopicLookup topics() {
    return topics;
  }

  ByteBudget budget() {
    return budget;
  }

  /** Appends the batch of the request. */
  void produce(OpaqueProduceRequest request, CallInfo call, Reply<ProduceResponse> reply) {
    long bytes = request.getSerializedSize();
    if (!budget.tryTake(bytes)) {
      reply.failed(Errors.throttled("produce buffer", budget.bytesMax()));
      return;
    }
    Reply<ProduceResponse> counted =
        new Reply<>() {
          @Override
          public void done(ProduceResponse answer) {
            budget.giveBack(bytes);
            reply.done(answer);
          }

          @Override
          public void failed(BrokerError error) {
            budget.giveBack(bytes);
            reply.failed(error);
          }
        };
    topics.find(
        request.getTopic(),
        call,
        new Reply<>() {
          @Override
          public void done(TopicImage topic) {
            produce(topic, request, call, counted);
          }

          @Override
          public void failed(BrokerError error) {
            counted.failed(error);
          }
        });
  }

  private void produce(
      TopicImage topic, OpaqueProduceRequest request, CallInfo call, Reply<ProduceResponse> reply) {
    new BatchChecking(
            broker,
            topic,
            request.hasPartition() ? request.getPartition() : null,
            request.getBatch())
        .run(
            Patience.of(broker, call.deadline(), retryMs),
            decision -> write(topic, decision, call, reply));
  }

  private void write(
      TopicImage topic,
      Decision<List<BatchParts.Part>> decision,
      CallInfo call,
      Reply<ProduceResponse> reply) {
    if (decision instanceof Decision.Refused<List<BatchParts.Part>> refused) {
      reply.failed(refused.error());
      return;
    }
    List<BatchParts.Part> parts = ((Decision.Accepted<List<BatchParts.Part>>) decision).value();
    Gathering gathering = new Gathering(parts, reply);
    for (int i = 0; i < parts.size(); i++) {
      int place = i;
      BatchParts.Part part = parts.get(i);
      writer.write(
          new PartWrite(
              topic,
              part.partition(),
              part.batch(),
              call,
              false,
              result -> gathering.add(place, result)));
    }
  }

  /** Waits for all parts. Any thread. */
  private static final class Gathering {
    private final List<BatchParts.Part> parts;
    private final Reply<ProduceResponse> reply;
    private final AtomicReferenceArray<PartResult> results;
    private final AtomicInteger missing;

    private Gathering(List<BatchParts.Part> parts, Reply<ProduceResponse> reply) {
      this.parts = parts;
      this.reply = reply;
      this.results = new AtomicReferenceArray<>(parts.size());
      this.missing = new AtomicInteger(parts.size());
    }

    private void add(int place, PartResult result) {
      results.set(place, result);
      if (missing.decrementAndGet() == 0) {
        finish();
      }
    }

    /** The call fails if no part was applied; with an unknown outcome if one part's is. */
    private void finish() {
      ProduceResponse.Builder response = ProduceResponse.newBuilder();
      BrokerError worst = null;
      boolean applied = false;
      for (int i = 0; i < parts.size(); i++) {
        BatchParts.Part part = parts.get(i);
        PartResult result = results.get(i);
        if (result instanceof PartResult.Applied done) {
          applied = true;
          response.addResults(part.inRequest(done.result()));
        } else if (result instanceof PartResult.Failed failed) {
          BrokerError error = failed.error();
          WriteOutcome outcome = PartResult.outcomeOf(error);
          if (worst == null || outcome == WriteOutcome.WRITE_OUTCOME_UNKNOWN) {
            worst = error;
          }
          response.addResults(
              part.inRequest(
                  PartitionResult.newBuilder()
                      .setPartition(part.partition())
                      .setRecordCount(part.batch().count())
                      .setOutcome(outcome)
                      .setFailure(Statuses.toFailure(error))
                      .build()));
        }
      }
      if (!applied && worst != null) {
        reply.failed(worst);
      } else {
        reply.done(response.build());
      }
    }
  }
}
