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
import dev.almadia.internal.v1.OpaqueProduceRequest;
import dev.almadia.v1.PartitionResult;
import dev.almadia.v1.ProduceResponse;
import dev.almadia.v1.WriteOutcome;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.Consumer;
import java.util.function.Function;

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
            claim.isNamed() ? keyless(claim.producerId(), partitions) : broker.random(partitions),
            request.getBatch())
        .run(
            Patience.of(broker, call.deadline(), retryMs),
            decision -> write(new Asked(topic, request, claim, call), decision, reply));
  }

  /** A call that came. */
  private record Asked(
      TopicImage topic, OpaqueProduceRequest request, ProducerClaim claim, CallInfo call) {
    /** Whether a broker has checked and cut it already, for one partition. */
    boolean isForwarded() {
      return call.hop() == Hop.FORWARDED && request.hasForwarded() && request.hasPartition();
    }
  }

  private void write(
      Asked asked, Decision<List<BatchParts.Part>> decision, Reply<ProduceResponse> reply) {
    if (decision instanceof Decision.Refused<List<BatchParts.Part>> refused) {
      reply.failed(refused.error());
      return;
    }
    List<BatchParts.Part> parts = ((Decision.Accepted<List<BatchParts.Part>>) decision).value();
    int count = parts.stream().mapToInt(part -> part.batch().count()).sum();
    Decision<Function<BatchParts.Part, WriteTerms>> known = terms(asked, count);
    if (known instanceof Decision.Refused<Function<BatchParts.Part, WriteTerms>> refused) {
      reply.failed(refused.error());
      return;
    }
    Function<BatchParts.Part, WriteTerms> terms =
        ((Decision.Accepted<Function<BatchParts.Part, WriteTerms>>) known).value();
    if (asked.isForwarded()) {
      BatchParts.Part only = parts.get(0);
      writer.write(partWrite(asked, only, terms.apply(only), result -> forwarded(result, reply)));
      return;
    }
    List<WriteTerms> all = parts.stream().map(terms).toList();
    Gathering gathering = new Gathering(parts, all, reply);
    for (int i = 0; i < parts.size(); i++) {
      int place = i;
      writer.write(
          partWrite(asked, parts.get(i), all.get(i), result -> gathering.add(place, result)));
    }
  }

  private static PartWrite partWrite(
      Asked asked, BatchParts.Part part, WriteTerms terms, Consumer<PartResult> done) {
    return new PartWrite(
        asked.topic(), part.partition(), part.batch(), terms, asked.call(), false, done);
  }

  private static void forwarded(PartResult result, Reply<ProduceResponse> reply) {
    if (result instanceof PartResult.Applied applied) {
      reply.done(ProduceResponse.newBuilder().addAllResults(applied.forwarded()).build());
    } else if (result instanceof PartResult.Failed failed) {
      reply.failed(failed.error());
    }
  }

  /** Not by chance: a resend has to come to the same partition. */
  static int keyless(String producerId, int partitions) {
    byte[] id = producerId.getBytes(StandardCharsets.UTF_8);
    return Murmur2.partition(id, 0, id.length, partitions);
  }

  /** On which terms each part may be appended, or why none may. */
  private static Decision<Function<BatchParts.Part, WriteTerms>> terms(Asked asked, int count) {
    OpaqueProduceRequest request = asked.request();
    boolean hasExpected = request.hasExpectedNextOffset();
    long offset = request.getExpectedNextOffset();
    BrokerError badOffset = WriteTerms.refusalOf(hasExpected, offset, request.hasPartition());
    if (badOffset != null) {
      return Decision.refuse(badOffset);
    }
    long expected = hasExpected ? offset : WriteTerms.ANY;
    if (asked.isForwarded()) {
      Decision<ProducerWrite> decision = SequencesForward.read(request.getForwarded(), count);
      if (decision instanceof Decision.Refused<ProducerWrite> refused) {
        return Decision.refuse(refused.error());
      }
      ProducerWrite write = ((Decision.Accepted<ProducerWrite>) decision).value();
      WriteTerms terms = new WriteTerms(write, expected);
      return Decision.accept(part -> terms);
    }
    ProducerClaim claim = asked.claim();
    BrokerError refusal = claim.refusal(count);
    if (refusal != null) {
      return Decision.refuse(refusal);
    }
    if (!claim.isNamed()) {
      WriteTerms terms =
          expected == WriteTerms.ANY ? WriteTerms.NONE : new WriteTerms(null, expected);
      return Decision.accept(part -> terms);
    }
    return Decision.accept(
        part ->
            new WriteTerms(
                request.hasPartition() ? claim.named(count) : claim.routed(part.recordIndexes()),
                expected));
  }

  /** Waits for all parts. Any thread. */
  private static final class Gathering {
    private final List<BatchParts.Part> parts;
    private final List<WriteTerms> terms;
    private final Reply<ProduceResponse> reply;
    private final AtomicReferenceArray<PartResult> results;
    private final AtomicInteger missing;

    private Gathering(
        List<BatchParts.Part> parts, List<WriteTerms> terms, Reply<ProduceResponse> reply) {
      this.parts = parts;
      this.terms = terms;
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
        if (result instanceof PartResult.Failed failed) {
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
        } else {
          applied = true;
          ProducerWrite producer = terms.get(i).producer();
          Segment segment = producer == null ? null : producer.parts().get(0).segment();
          AppliedParts.Batch batch = new AppliedParts.Batch(part.batch().count(), segment);
          for (PartitionResult one : AppliedParts.of(result, List.of(batch)).get(0)) {
            response.addResults(part.inRequest(one));
          }
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
