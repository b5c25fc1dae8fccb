// SPDX-License-Identifier: Apache-2.0
package dev.almadia.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import dev.almadia.v1.ErrorReason;
import dev.almadia.v1.Failure;
import dev.almadia.v1.OpenProducerResponse;
import dev.almadia.v1.ProducerPosition;
import dev.almadia.v1.Record;
import io.grpc.Status;
import java.util.Collections;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class ProducerSessionTest {
  private final AtomicInteger drawn = new AtomicInteger();
  private final ProducerSession nobody =
      ProducerSession.ofNobody("t", () -> "x" + drawn.incrementAndGet());
  private final ProducerSession named = ProducerSession.named("t", "orders-writer");

  /** The answer of a topic whose partitions have these last sequences. */
  private static OpenProducerResponse answer(long epoch, long... last) {
    OpenProducerResponse.Builder answer =
        OpenProducerResponse.newBuilder().setProducerEpoch(epoch).setTopicId(9);
    for (int partition = 0; partition < last.length; partition++) {
      answer.addPositions(
          ProducerPosition.newBuilder().setPartition(partition).setLastSequence(last[partition]));
    }
    return answer.build();
  }

  private static PendingBatch batch(int partition, int records) {
    PreparedBatch made =
        PreparedBatch.of(
            Collections.nCopies(
                records, Record.newBuilder().setValue(ByteString.copyFromUtf8("v")).build()));
    return PendingBatch.ofReady(partition, made.opaque(), new CompletableFuture<>());
  }

  private static AlmadiaException failure(ErrorReason reason, Outcome outcome) {
    return AlmadiaException.ofPart(
        Failure.newBuilder()
            .setReason(Reasons.name(reason))
            .setCode(Reasons.info(reason).getGrpcCode())
            .build(),
        outcome,
        "OpenProducer",
        "");
  }

  private static AlmadiaException silence() {
    return AlmadiaException.local(
        Status.Code.DEADLINE_EXCEEDED, "silence", Outcome.UNKNOWN, "OpenProducer", "");
  }

  private static PendingBatch numbered(ProducerSession session, int partition, int records) {
    PendingBatch batch = batch(partition, records);
    session.number(batch);
    return batch;
  }

  @Test
  void eachPartitionGoesOnWithoutGapsWhereItStood() {
    named.begin();
    named.opened(answer(1, 0, 41));

    assertThat(numbered(named, 0, 3).firstSequence).isEqualTo(1);
    assertThat(numbered(named, 0, 2).firstSequence).isEqualTo(4);
    assertThat(numbered(named, 0, 1).firstSequence).isEqualTo(6);
    assertThat(numbered(named, 1, 5).firstSequence).isEqualTo(42);
  }

  @Test
  void aBatchKeepsItsNumbers() {
    named.begin();
    named.opened(answer(1, 0));
    PendingBatch batch = numbered(named, 0, 3);
    numbered(named, 0, 1);
    named.number(batch);
    assertThat(batch.firstSequence).isEqualTo(1);
  }

  /** 1..3 was given up, 4..6 and 7..8 were sent after it; the log has it and 4..6. */
  @Test
  void afterAnotherOpeningWhatIsThereKeepsItsNumbersAndWhatIsNotGetsNewOnes() {
    nobody.begin();
    nobody.opened(answer(1, 0));
    PendingBatch first = numbered(nobody, 0, 3);
    PendingBatch second = numbered(nobody, 0, 3);
    PendingBatch third = numbered(nobody, 0, 2);
    third.maybeApplied = true;
    nobody.gaveUp(first.firstSequence > 0, silence());
    assertThat(nobody.isNew()).isTrue();
    assertThat(nobody.takeInterrupt()).isTrue();
    assertThat(nobody.takeInterrupt()).isFalse();

    nobody.begin();
    nobody.opened(answer(2, 6));
    nobody.renumber(second);
    nobody.renumber(third);
    nobody.number(second);
    nobody.number(third);
    assertThat(second.firstSequence).isEqualTo(4);
    assertThat(third.firstSequence).isEqualTo(7);
    assertThat(third.maybeApplied).isFalse();
  }

  @Test
  void whatFollowsRecordsThatNeverArrivedTakesTheirNumbers() {
    nobody.begin();
    nobody.opened(answer(1, 0));
    PendingBatch lost = numbered(nobody, 0, 3);
    PendingBatch next = numbered(nobody, 0, 3);
    nobody.gaveUp(lost.firstSequence > 0, silence());
    nobody.begin();
    nobody.opened(answer(2, 0));
    nobody.renumber(next);
    nobody.number(next);
    assertThat(next.firstSequence).isEqualTo(1);
  }

  /** To send it again could put it there twice. */
  @Test
  void whatMayBeInAPartitionThatMayHaveForgottenATransientProducerStaysInDoubt() {
    nobody.begin();
    nobody.opened(answer(1, 0, 0));
    PendingBatch inDoubt = numbered(nobody, 0, 3);
    inDoubt.maybeApplied = true;
    PendingBatch refused = numbered(nobody, 1, 3);
    nobody.gaveUp(true, silence());
    nobody.begin();
    nobody.opened(answer(2, 0, 0));
    nobody.renumber(inDoubt);
    nobody.renumber(refused);

    assertThat(nobody.misfit(inDoubt)).isNotNull();
    assertThat(nobody.misfit(inDoubt).outcome()).isEqualTo(Outcome.UNKNOWN);
    assertThat(inDoubt.maybeApplied).isTrue();
    assertThat(nobody.misfit(refused)).isNull();
    assertThat(refused.firstSequence).isZero();
  }

  @Test
  void recordsWithoutNumbersMayFailWithoutAnotherOpening() {
    nobody.begin();
    nobody.opened(answer(1, 0));
    nobody.gaveUp(false, silence());
    assertThat(nobody.isOpen()).isTrue();
  }

  @Test
  void anyRecordThatFailsEndsANamedProducer() {
    named.begin();
    named.opened(answer(1, 0));
    AlmadiaException silence = silence();
    named.gaveUp(false, silence);
    assertThat(named.end()).isSameAs(silence);
    assertThat(named.takeInterrupt()).isTrue();
    assertThatThrownBy(named::begin).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void anOpeningInDoubtGivesATransientProducerAnotherName() {
    assertThat(nobody.begin().getProducerId()).isEqualTo("~x1");
    assertThat(nobody.refused(silence(), false)).isTrue();
    assertThat(nobody.begin().getProducerId()).isEqualTo("~x2");
    nobody.refused(failure(ErrorReason.ERROR_REASON_NO_LEADER, Outcome.NOT_APPLIED), false);
    assertThat(nobody.begin().getProducerId()).isEqualTo("~x2");
  }

  /** Only as often as it may have been itself. */
  @Test
  void aTransientProducerThatFencedItselfIsOpenedAgain() {
    AlmadiaException fenced =
        failure(ErrorReason.ERROR_REASON_PRODUCER_FENCED, Outcome.NOT_APPLIED);
    nobody.begin();
    nobody.opened(answer(1, 0));
    nobody.gaveUp(true, silence());
    nobody.begin();
    nobody.refused(silence(), false);
    nobody.begin();
    nobody.opened(answer(2, 0));
    nobody.streamFailed(fenced);
    assertThat(nobody.isNew()).isTrue();
    assertThat(nobody.id()).isEqualTo("~x1");

    nobody.begin();
    nobody.opened(answer(4, 0));
    nobody.streamFailed(fenced);
    assertThat(nobody.end()).isSameAs(fenced);
  }

  @Test
  void aGapMakesATransientProducerAskWhereItStands() {
    nobody.begin();
    nobody.opened(answer(1, 0));
    nobody.streamFailed(failure(ErrorReason.ERROR_REASON_SEQUENCE_GAP, Outcome.NOT_APPLIED));
    assertThat(nobody.isNew()).isTrue();
    assertThat(nobody.failuresInRow()).isEqualTo(1);
    nobody.acknowledged();
    assertThat(nobody.failuresInRow()).isZero();
  }

  @Test
  void aRefusedOpeningEndsANamedProducerOnly() {
    AlmadiaException refusal =
        failure(ErrorReason.ERROR_REASON_TOPIC_NOT_FOUND, Outcome.NOT_APPLIED);
    named.begin();
    assertThat(named.refused(refusal, false)).isFalse();
    assertThat(named.end()).isSameAs(refusal);
    nobody.begin();
    assertThat(nobody.refused(refusal, false)).isFalse();
    assertThat(nobody.isNew()).isTrue();
  }

  @Test
  void anotherTopicOfTheNameEndsIt() {
    nobody.begin();
    nobody.opened(answer(1, 0));
    nobody.attached(9);
    assertThat(nobody.isOpen()).isTrue();
    nobody.attached(10);
    assertThat(nobody.end()).isNotNull();
  }

  @Test
  void anAnswerThatNamesOtherPartitionsIsNotBelieved() {
    named.begin();
    named.opened(OpenProducerResponse.newBuilder().setProducerEpoch(1).build());
    assertThat(named.end()).isNotNull();
  }
}
