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
      List<PartitionResult> results =
          AppliedParts.of(
                  one,
                  List.of(
                      new AppliedParts.Batch(5, new Segment(1, 5, 5)),
                      new AppliedParts.Batch(2, new Segment(6, 9, 2)),
                      new AppliedParts.Batch(3, new Segment(10, 14, 3)),
                      new AppliedParts.Batch(1, null)))
              .stream()
              .flatMap(List::stream)
              .toList();
      assertResult(results.get(0), duplicate(), -1, 5);
      assertResult(results.get(1), duplicate(), 30, 2);
      PartitionResult first = results.get(2);
      assertResult(first, APPLIED, 50, 3);
      assertThat(first.getFirstSequence()).isEqualTo(10);
      assertThat(first.getLastSequence()).isEqualTo(14);
      assertResult(results.get(3), APPLIED, 53, 1);
    }
  }

  @Test
  void eachBatchIsToldOfItsOwnRecordsWhereSomeWereKnownByTheirIds() {
    PartitionResult like = PartitionResult.newBuilder().setPartition(4).build();
    // Records 1 and 3 to 5 of six were there before.
    List<PartitionResult> travelled =
        List.of(
            like.toBuilder()
                .setOutcome(APPLIED)
                .setFirstOffset(50)
                .setRecordCount(2)
                .setAppendTimeMs(99)
                .addAllRecordIndexes(List.of(0, 2))
                .build(),
            like.toBuilder()
                .setOutcome(duplicate())
                .setFirstOffset(7)
                .setRecordCount(4)
                .addAllRecordIndexes(List.of(1, 3, 4, 5))
                .addAllRecordOffsets(List.of(7L, 3L, 4L, 50L))
                .build());
    assertThat(RecordOutcomes.areOf(travelled, 6)).isTrue();
    assertThat(RecordOutcomes.areOf(travelled, 7)).isFalse();
    assertThat(RecordOutcomes.areOf(travelled.subList(0, 1), 2)).isFalse();

    PartResult.ById result = new PartResult.ById(RecordOutcomes.of(travelled));
    assertThat(result.records().results()).isEqualTo(travelled);
    List<List<PartitionResult>> cut =
        AppliedParts.of(
            result,
            List.of(
                new AppliedParts.Batch(1, null),
                new AppliedParts.Batch(2, null),
                new AppliedParts.Batch(2, null),
                new AppliedParts.Batch(1, null)));
    assertThat(cut.get(0)).hasSize(1);
    assertResult(cut.get(0).get(0), APPLIED, 50, 1);
    assertThat(cut.get(0).get(0).getRecordIndexesList()).isEmpty();
    assertThat(cut.get(1)).hasSize(2);
    assertResult(cut.get(1).get(0), APPLIED, 51, 1);
    assertThat(cut.get(1).get(0).getRecordIndexesList()).containsExactly(1);
    assertResult(cut.get(1).get(1), duplicate(), 7, 1);
    assertThat(cut.get(1).get(1).getRecordIndexesList()).containsExactly(0);
    assertResult(cut.get(2).get(0), duplicate(), 3, 2);
    assertThat(cut.get(2).get(0).getRecordOffsetsList()).as("side by side").isEmpty();
    assertResult(cut.get(3).get(0), duplicate(), 50, 1);
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
