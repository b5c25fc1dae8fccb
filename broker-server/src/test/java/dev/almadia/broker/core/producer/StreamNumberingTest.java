// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.core.producer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.almadia.broker.core.BrokerError;
import dev.almadia.v1.ErrorReason;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The rules of one stream. What they are for is tested by {@link StreamResendsTest}. */
class StreamNumberingTest {
  private static final int[] ALL = {};

  private static StreamNumbering opened(long lastSequence, Integer... partitions) {
    return StreamNumbering.opened(
        new StreamNumbering.Who("orders", "p", 3), List.of(partitions), lastSequence);
  }

  private static void assertRefused(BrokerError error, ErrorReason reason, long last, long got) {
    assertThat(error).isNotNull();
    assertThat(error.reason()).isEqualTo(reason);
    assertThat(error.metadata())
        .containsEntry("last_sequence", String.valueOf(last))
        .containsEntry("got", String.valueOf(got));
  }

  @Test
  void routedSequencesGoOnOverAllPartitionsAndEachHearsWhatItHadBefore() {
    StreamNumbering stream = opened(10);
    assertRefused(stream.take(12, 1, null), ErrorReason.ERROR_REASON_SEQUENCE_GAP, 10, 12);
    assertThat(stream.take(6, 4, null)).isNull();
    ProducerWrite.Part zero = stream.part(0, new int[] {0, 2}, 2);
    ProducerWrite.Part one = stream.part(1, new int[] {1, 3}, 2);
    assertThat(zero).isEqualTo(new ProducerWrite.Part(new Segment(6, 8, 2), 0));
    assertThat(one).isEqualTo(new ProducerWrite.Part(new Segment(7, 9, 2), 0));

    assertRefused(stream.take(11, 1, null), ErrorReason.ERROR_REASON_SEQUENCE_GAP, 9, 11);
    assertRefused(stream.take(9, 2, null), ErrorReason.ERROR_REASON_SEQUENCE_REGRESSED, 9, 9);
    assertThat(stream.take(10, 2, null)).isNull();
    ProducerWrite.Part next = stream.part(0, new int[] {1}, 1);
    assertThat(next).isEqualTo(new ProducerWrite.Part(new Segment(11, 11, 1), 8));
    assertThat(stream.take(12, 1, null)).isNull();
    assertThat(stream.part(1, new int[] {0}, 1).previousSequence()).isEqualTo(9);

    assertThat(stream.write(List.of(zero, next)))
        .isEqualTo(new ProducerWrite("p", 3, true, 6, List.of(zero, next)));
  }

  @Test
  void namedSequencesGoOnInEachPartition() {
    StreamNumbering stream = opened(0);
    assertThat(stream.take(4, 2, 0)).as("the leader judges the first").isNull();
    ProducerWrite.Part part = stream.part(0, ALL, 2);
    assertThat(part).isEqualTo(new ProducerWrite.Part(new Segment(4, 5, 2), 3));
    assertThat(stream.take(1, 3, 1)).isNull();
    assertThat(stream.part(1, ALL, 3).previousSequence()).isZero();

    assertRefused(stream.take(7, 1, 0), ErrorReason.ERROR_REASON_SEQUENCE_GAP, 5, 7);
    assertRefused(stream.take(5, 1, 0), ErrorReason.ERROR_REASON_SEQUENCE_REGRESSED, 5, 5);
    assertThat(stream.take(6, 1, 0)).isNull();
    assertThat(stream.take(4, 1, 1)).isNull();
    assertThat(stream.write(List.of(part)).routed()).isFalse();
  }

  @Test
  void aStreamKeepsToOneWayOfNumbering() {
    StreamNumbering named = opened(0);
    assertThat(named.take(1, 1, 0)).isNull();
    StreamNumbering routed = opened(0);
    assertThat(routed.take(1, 1, null)).isNull();
    for (BrokerError mixed : List.of(named.take(2, 1, null), routed.take(2, 1, 0))) {
      assertThat(mixed.reason()).isEqualTo(ErrorReason.ERROR_REASON_PRODUCER_NUMBERING_MIXED);
    }
  }

  @Test
  void aStreamThatOpenedSomePartitionsWritesToThese() {
    StreamNumbering stream = opened(0, 2, 1);
    for (BrokerError refused : List.of(stream.take(1, 1, 0), stream.take(1, 1, null))) {
      assertThat(refused.reason()).isEqualTo(ErrorReason.ERROR_REASON_INVALID_ARGUMENT);
    }
    assertThat(stream.take(1, 1, 1)).isNull();
  }

  @Test
  void aStreamThatAttachesMayBeginAnywhereButWithASequence() {
    StreamNumbering stream = StreamNumbering.attached(new StreamNumbering.Who("orders", "p", 3));
    for (long bad : new long[] {0, -1, Long.MAX_VALUE}) {
      assertThat(stream.take(bad, 1, null).reason())
          .isEqualTo(ErrorReason.ERROR_REASON_INVALID_ARGUMENT);
    }
    assertThat(stream.take(1_000_000, 1, null)).isNull();
  }
}
