// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.server.data;

import dev.almadia.broker.core.BrokerError;
import dev.almadia.broker.core.Errors;
import dev.almadia.broker.core.producer.ProducerClaim;
import dev.almadia.broker.core.producer.ProducerWrite;
import dev.almadia.broker.core.producer.Segment;
import dev.almadia.broker.core.topics.Decision;
import dev.almadia.internal.v1.ForwardedSegment;
import dev.almadia.internal.v1.ForwardedSequences;
import dev.almadia.internal.v1.OpaqueProduceRequest;
import java.util.ArrayList;
import java.util.List;

/** What one broker tells another of the sequences in a write that it forwards. */
final class SequencesForward {
  private SequencesForward() {}

  /** As it travels. */
  static ForwardedSequences of(ProducerWrite write) {
    ForwardedSequences.Builder out =
        ForwardedSequences.newBuilder()
            .setRouted(write.routed())
            .setCompleteFrom(write.completeFrom());
    for (ProducerWrite.Part part : write.parts()) {
      Segment segment = part.segment();
      out.addSegments(
          ForwardedSegment.newBuilder()
              .setFirstSequence(segment.firstSequence())
              .setLastSequence(segment.lastSequence())
              .setRecordCount(segment.count())
              .setPreviousSequence(part.previousSequence()));
    }
    return out.build();
  }

  /**
   * As the other broker made it. It may be of another version: what cannot be kept must not get
   * into the log.
   *
   * @param recordCount number of records in the request
   */
  static Decision<ProducerWrite> read(OpaqueProduceRequest request, int recordCount) {
    ForwardedSequences in = request.getForwarded();
    BrokerError badId = ProducerClaim.refusalOf(request.getProducerId());
    if (badId != null) {
      return Decision.refuse(badId);
    }
    try {
      List<ProducerWrite.Part> parts = new ArrayList<>(in.getSegmentsCount());
      long last = 0;
      int count = 0;
      for (ForwardedSegment one : in.getSegmentsList()) {
        Segment segment =
            new Segment(one.getFirstSequence(), one.getLastSequence(), one.getRecordCount());
        if (segment.firstSequence() <= last || segment.lastSequence() == Long.MAX_VALUE) {
          return refuse("forwarded.segments", segment.firstSequence(), "must rise");
        }
        last = segment.lastSequence();
        count = Math.addExact(count, segment.count());
        parts.add(new ProducerWrite.Part(segment, one.getPreviousSequence()));
      }
      if (count != recordCount || request.getProducerEpoch() < 0) {
        return refuse("forwarded.segments", count, "must be those of the batch, with their epoch");
      }
      return Decision.accept(
          new ProducerWrite(
              request.getProducerId(),
              request.getProducerEpoch(),
              in.getRouted(),
              in.getCompleteFrom(),
              parts));
    } catch (IllegalArgumentException | ArithmeticException e) {
      return refuse("forwarded", in.getSegmentsCount(), "must be sound: " + e.getMessage());
    }
  }

  private static Decision<ProducerWrite> refuse(String field, long value, String rule) {
    return Decision.refuse(Errors.invalid(field, String.valueOf(value), rule));
  }
}
