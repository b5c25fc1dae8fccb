// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.server.data;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.almadia.broker.core.producer.ProducerWrite;
import dev.almadia.broker.core.producer.Segment;
import dev.almadia.broker.core.topics.Decision;
import dev.almadia.internal.v1.ForwardedSequences;
import dev.almadia.v1.PartitionResult;
import dev.almadia.v1.ProducerStamp;
import dev.almadia.v1.SequenceRange;
import dev.almadia.v1.WriteOutcome;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Batches that are written together: each gets its own answer, here and through another broker. */
class MergedWritesTest {
  private static final WriteOutcome APPLIED = WriteOutcome.WRITE_OUTCOME_APPLIED;

  private static ProducerWrite.Part part(long first, long last, int count, long previous) {
    return new ProducerWrite.Part(new Segment(first, last, count), previous);
  }

  private static void assertResult(
      PartitionResult result, WriteOutcome outcome, long firstOffset, int count) {
    assertThat(result.getOutcome()).isEqualTo(outcome);
    assertThat(result.getFirstOffset()).isEqualTo(firstOffset);
    assertThat(result.getRecordCount()).isEqualTo(count);
    assertThat(result.getPartition()).isEqualTo(4);
    assertThat(result.getAppendTimeMs()).isEqualTo(outcome == APPLIED ? 99 : 0);
  }

  @Test
  void whatWasThereKeepsItsPlaceAndTheRestStandsSideBySide() {
    PartResult.Applied applied =
        new PartResult.Applied(
            PartitionResult.newBuilder()
                .setPartition(4)
                .setOutcome(APPLIED)
                .setFirstOffset(50)
                .setAppendTimeMs(99)
                .build(),
            List.of(-1L, 30L));
    PartResult.Applied travelled = PartResult.Applied.of(applied.forwarded());
    assertThat(travelled.known()).isEqualTo(applied.known());

    for (PartResult.Applied one : List.of(applied, travelled)) {
      AppliedParts parts = new AppliedParts(one);
      assertResult(parts.next(5, new Segment(1, 5, 5)), duplicate(), -1, 5);
      assertResult(parts.next(2, new Segment(6, 9, 2)), duplicate(), 30, 2);
      PartitionResult first = parts.next(3, new Segment(10, 14, 3));
      assertResult(first, APPLIED, 50, 3);
      assertThat(first.getFirstSequence()).isEqualTo(10);
      assertThat(first.getLastSequence()).isEqualTo(14);
      assertResult(parts.next(1, null), APPLIED, 53, 1);
    }
  }

  private static WriteOutcome duplicate() {
    return WriteOutcome.WRITE_OUTCOME_DUPLICATE;
  }

  @Test
  void sequencesArriveAtTheLeaderAsTheyWereSent() {
    List<ProducerWrite> writes =
        List.of(
            new ProducerWrite("p", 0, false, 0, List.of(part(1, 5, 5, 0), part(6, 6, 1, 5))),
            new ProducerWrite("p", 3, false, 0, List.of(part(7, 9, 3, 6))),
            new ProducerWrite("p", 3, true, 4, List.of(part(5, 9, 3, 0), part(12, 12, 1, 9))),
            new ProducerWrite("p", 3, true, 4, List.of(part(20, 22, 2, 12))));
    for (ProducerWrite write : writes) {
      int count = write.parts().stream().mapToInt(one -> one.segment().count()).sum();

      assertThat(SequencesForward.read(SequencesForward.of(write), count))
          .isEqualTo(Decision.accept(write));
      assertThat(SequencesForward.read(SequencesForward.of(write), count + 1))
          .isInstanceOf(Decision.Refused.class);
    }
  }

  @Test
  void whatNoBrokerMakesIsRefused() {
    ProducerStamp good =
        ProducerStamp.newBuilder().setProducerId("p").addRanges(range(1, 2)).build();
    assertThat(read(good, 2)).isInstanceOf(Decision.Accepted.class);
    for (ProducerStamp bad :
        List.of(
            ProducerStamp.getDefaultInstance(),
            good.toBuilder().setProducerId("a/b").build(),
            good.toBuilder().setEpoch(-1).build(),
            good.toBuilder().setRouted(true).build(),
            good.toBuilder().setRouted(true).setCompleteFrom(2).build(),
            good.toBuilder().clearRanges().build(),
            good.toBuilder().clearRanges().addRanges(range(2, 2)).addRanges(range(1, 1)).build(),
            good.toBuilder()
                .clearRanges()
                .addRanges(range(Long.MAX_VALUE - 1, Long.MAX_VALUE))
                .build())) {
      int count = bad.getRangesList().stream().mapToInt(SequenceRange::getRecordCount).sum();
      assertThat(read(bad, count)).as("%s", bad).isInstanceOf(Decision.Refused.class);
    }
    assertThat(
            SequencesForward.read(
                ForwardedSequences.newBuilder().setStamp(ByteString.copyFromUtf8("?")).build(), 1))
        .isInstanceOf(Decision.Refused.class);
  }

  private static SequenceRange range(long first, long last) {
    return SequenceRange.newBuilder()
        .setFirstSequence(first)
        .setLastSequence(last)
        .setRecordCount((int) (last - first + 1))
        .build();
  }

  private static Decision<ProducerWrite> read(ProducerStamp stamp, int count) {
    return SequencesForward.read(
        ForwardedSequences.newBuilder().setStamp(stamp.toByteString()).build(), count);
  }
}
