// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.server.data;

import dev.almadia.broker.core.BrokerError;
import dev.almadia.broker.core.Errors;
import dev.almadia.broker.core.metadata.TopicImage;
import dev.almadia.broker.core.producer.ProducerClaim;
import dev.almadia.broker.core.producer.ProducerWrite;
import dev.almadia.broker.core.producer.Segment;
import dev.almadia.broker.core.record.Murmur2;
import dev.almadia.broker.core.routing.Hop;
import dev.almadia.broker.core.topics.Decision;
import dev.almadia.broker.server.BrokerContext;
import dev.almadia.broker.server.grpc.Statuses;
import dev.almadia.internal.v1.ForwardedSequences;
import dev.almadia.internal.v1.OpaqueProduceRequest;
import dev.almadia.v1.PartitionResult;
import dev.almadia.v1.ProduceResponse;
import dev.almadia.v1.WriteOutcome;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

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
    ProducerClaim claim =
        new ProducerClaim(
            request.getProducerId(), request.getProducerEpoch(), request.getFirstSequence());
    int partitions = topic.partitions().size();
    new BatchChecking(
            broker,
            topic,
            request.hasPartition() ? request.getPartition() : null,
            claim.isNamed() ? keyless(claim, partitions) : broker.random(partitions),
            request.getBatch())
        .run(
            Patience.of(broker, call.deadline(), retryMs),
            decision -> write(new Asked(topic, request, claim, call), decision, reply));
  }

  /** A call that came. */
  private record Asked(
      TopicImage topic, OpaqueProduceRequest request, ProducerClaim claim, CallInfo call) {
    /** Whether a broker has checked and cut it already. */
    boolean isForwarded() {
      return call.hop() == Hop.FORWARDED && request.hasForwarded();
    }
  }

  private void write(
      Asked asked, Decision<List<BatchParts.Part>> decision, Reply<ProduceResponse> reply) {
    if (decision instanceof Decision.Refused<List<BatchParts.Part>> refused) {
      reply.failed(refused.error());
      return;
    }
    List<BatchParts.Part> parts = ((Decision.Accepted<List<BatchParts.Part>>) decision).value();
    BrokerError refusal = refusal(asked, parts);
    if (refusal != null) {
      reply.failed(refusal);
      return;
    }
    Gathering gathering = new Gathering(parts, reply);
    for (int i = 0; i < parts.size(); i++) {
      int place = i;
      BatchParts.Part part = parts.get(i);
      writer.write(
          new PartWrite(
              asked.topic(),
              part.partition(),
              part.batch(),
              asked.isForwarded()
                  ? forwarded(asked.request(), part)
                  : terms(asked.request(), asked.claim(), part),
              asked.call(),
              false,
              result -> gathering.add(place, result)));
    }
  }

  /** Not by chance: a resend has to come to the same partition. */
  private static int keyless(ProducerClaim claim, int partitions) {
    byte[] id = claim.idBytes();
    return Murmur2.partition(id, 0, id.length, partitions);
  }

  private static @Nullable BrokerError refusal(Asked asked, List<BatchParts.Part> parts) {
    OpaqueProduceRequest request = asked.request();
    long expected = request.getExpectedNextOffset();
    if (request.hasExpectedNextOffset() && (expected < 0 || !request.hasPartition())) {
      return Errors.invalid(
          "expected_next_offset",
          String.valueOf(expected),
          "must not be negative, and needs a partition");
    }
    int count = parts.stream().mapToInt(part -> part.batch().count()).sum();
    if (!asked.isForwarded()) {
      return asked.claim().refusal(count);
    }
    // The other broker may be of another version: what cannot be kept must not get into the log.
    ForwardedSequences sequences = request.getForwarded();
    ProducerClaim whole =
        new ProducerClaim(
            request.getProducerId(), request.getProducerEpoch(), sequences.getFirstSequence());
    BrokerError refusal = whole.refusal(count);
    long lastMin = sequences.getFirstSequence() + count - 1;
    return refusal == null && sequences.getLastSequence() < lastMin
        ? Errors.invalid(
            "forwarded.last_sequence",
            String.valueOf(sequences.getLastSequence()),
            "must leave room for the batch")
        : refusal;
  }

  private static WriteTerms terms(
      OpaqueProduceRequest request, ProducerClaim claim, BatchParts.Part part) {
    long expected =
        request.hasExpectedNextOffset() ? request.getExpectedNextOffset() : WriteTerms.ANY;
    if (!claim.isNamed()) {
      return expected == WriteTerms.ANY ? WriteTerms.NONE : new WriteTerms(null, expected);
    }
    return new WriteTerms(
        request.hasPartition()
            ? claim.named(part.batch().count())
            : claim.routed(part.recordIndexes()),
        expected);
  }

  /** As the broker that took the call made them. */
  private static WriteTerms forwarded(OpaqueProduceRequest request, BatchParts.Part part) {
    ForwardedSequences sequences = request.getForwarded();
    Segment segment =
        new Segment(
            sequences.getFirstSequence(), sequences.getLastSequence(), part.batch().count());
    return new WriteTerms(
        ProducerWrite.of(
            request.getProducerId(),
            request.getProducerEpoch(),
            sequences.getRouted(),
            segment,
            sequences.getPreviousSequence()),
        request.hasExpectedNextOffset() ? request.getExpectedNextOffset() : WriteTerms.ANY);
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
