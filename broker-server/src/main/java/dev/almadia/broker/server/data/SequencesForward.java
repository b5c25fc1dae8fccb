// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.server.data;

import dev.almadia.broker.core.BrokerError;
import dev.almadia.broker.core.Errors;
import dev.almadia.broker.core.producer.ProducerClaim;
import dev.almadia.broker.core.producer.ProducerStamp;
import dev.almadia.broker.core.producer.ProducerStamps;
import dev.almadia.broker.core.producer.ProducerWrite;
import dev.almadia.broker.core.producer.Segment;
import dev.almadia.broker.core.topics.Decision;
import dev.almadia.internal.v1.ForwardedSequences;
import java.util.ArrayList;
import java.util.List;

/** What one broker tells another of the sequences in a write that it forwards. */
final class SequencesForward {
  private SequencesForward() {}

  /** As it travels. Of batches that are written together each follows the one before. */
  static ForwardedSequences of(ProducerWrite write) {
    return ForwardedSequences.newBuilder()
        .setStamp(ByteSlices.share(ProducerStamps.encode(write.stampFrom(0))))
        .setPreviousSequence(write.parts().get(0).previousSequence())
        .build();
  }

  /**
   * As the other broker made it. It may be of another version: what cannot be kept must not get
   * into the log.
   *
   * @param recordCount number of records in the request
   */
  static Decision<ProducerWrite> read(ForwardedSequences in, int recordCount) {
    try {
      ProducerStamp stamp = ProducerStamps.decode(ByteSlices.of(in.getStamp()));
      BrokerError badId = ProducerClaim.refusalOf(stamp.producerId());
      if (badId != null) {
        return Decision.refuse(badId);
      }
      List<ProducerWrite.Part> parts = new ArrayList<>(stamp.segments().size());
      long previous = in.getPreviousSequence();
      long last = 0;
      long count = 0;
      for (Segment segment : stamp.segments()) {
        if (segment.firstSequence() <= last || segment.lastSequence() == Long.MAX_VALUE) {
          return refuse("sequences must rise");
        }
        parts.add(new ProducerWrite.Part(segment, previous));
        count += segment.count();
        last = segment.lastSequence();
        previous = last;
      }
      if (count != recordCount || stamp.epoch() < 0) {
        return refuse("there are " + count + " sequences for " + recordCount + " records");
      }
      return Decision.accept(
          new ProducerWrite(
              stamp.producerId(), stamp.epoch(), stamp.routed(), stamp.completeFrom(), parts));
    } catch (IllegalStateException e) {
      return refuse(String.valueOf(e.getMessage()));
    }
  }

  private static Decision<ProducerWrite> refuse(String problem) {
    return Decision.refuse(Errors.invalid("forwarded", problem, "must be what a broker makes"));
  }
}
