// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.core.producer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.almadia.broker.core.producer.Verdict.Refusal;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Producers that are remembered only while they are among the newest. */
class TransientProducersTest {
  private static final int REMEMBERED = 3;
  private static final int MAX = 100;

  private final PartitionProducers producers = new PartitionProducers(REMEMBERED);

  private static ProducerWrite write(String id, long epoch, long first, int count) {
    Segment segment = new Segment(first, first + count - 1, count);
    return ProducerWrite.of(id, epoch, false, segment, first - 1);
  }

  private static ProducerStamp stamp(String id, long epoch, long first, int count) {
    return write(id, epoch, first, count).stampFrom(0);
  }

  private void assertRefused(ProducerWrite write, Refusal refusal) {
    assertThat(producers.judge(2, write, MAX))
        .isInstanceOfSatisfying(
            Verdict.Refused.class, refused -> assertThat(refused.refusal()).isEqualTo(refusal));
  }

  @Test
  void onlyWhatWasOpenedMayWrite() {
    assertRefused(write("~a", 0, 1, 5), Refusal.UNKNOWN_EPOCH);
    assertRefused(write("~a", 1, 1, 5), Refusal.UNKNOWN_EPOCH);

    producers.applyOpening(1, "~a", 1, 77);

    assertThat(producers.judge(2, write("~a", 1, 1, 5), MAX)).isInstanceOf(Verdict.Append.class);
    assertRefused(write("~a", 0, 1, 5), Refusal.FENCED);
  }

  @Test
  void theOneThatWasSilentForLongestIsForgottenAndRefusedFromThenOn() {
    for (String id : List.of("~a", "~b", "~c")) {
      producers.applyOpening(1, id, 1, 77);
      producers.apply(1, stamp(id, 1, 1, 5), 0, 1000);
    }
    producers.apply(1, stamp("~a", 1, 6, 1), 5, 1001);
    producers.applyOpening(1, "~d", 1, 78);

    assertRefused(write("~b", 1, 1, 5), Refusal.UNKNOWN_EPOCH);
    assertThat(producers.judge(2, write("~a", 1, 1, 5), MAX)).isInstanceOf(Verdict.Duplicate.class);
    assertThat(producers.judge(2, write("~c", 1, 6, 1), MAX)).isInstanceOf(Verdict.Append.class);
    assertThat(producers.size()).isEqualTo(REMEMBERED);
  }

  @Test
  void lastingProducersAreNeitherForgottenForThemNorCountedWithThem() {
    producers.apply(1, stamp("lasting", 0, 1, 5), 0, 1000);
    for (int i = 0; i < 10; i++) {
      assertThat(producers.judgeOpening(2, "~" + i, 1, i, 1)).isInstanceOf(Verdict.Append.class);
      int unused = producers.opened("~" + i, 1, i);
      producers.applyOpening(2, "~" + i, 1, i);
    }

    assertThat(producers.judge(2, write("lasting", 0, 6, 1), 1)).isInstanceOf(Verdict.Append.class);
    assertThat(producers.judge(2, write("another", 0, 1, 1), 1))
        .isEqualTo(new Verdict.Refused(Refusal.LIMIT, ProducerState.NEW));
    assertThat(producers.size()).isEqualTo(1 + REMEMBERED);
  }

  /** Openings that were on their way pushed it out before its records were applied. */
  @Test
  void whatWasForgottenBetweenJudgementAndCommitGoesOnWithWhatItsRecordsSay() {
    producers.applyOpening(1, "~a", 4, 77);
    producers.apply(1, stamp("~a", 4, 1, 5), 0, 1000);
    for (String id : List.of("~b", "~c", "~d")) {
      assertThat(producers.judgeOpening(2, id, 1, 1, MAX)).isInstanceOf(Verdict.Append.class);
      int unused = producers.opened(id, 1, 1);
    }
    assertThat(producers.judge(2, write("~a", 4, 6, 2), MAX)).isInstanceOf(Verdict.Append.class);
    int unused = producers.appended(stamp("~a", 4, 6, 2), 5, 1001);
    for (String id : List.of("~b", "~c", "~d")) {
      producers.applyOpening(2, id, 1, 1);
    }
    producers.apply(2, stamp("~a", 4, 6, 2), 5, 1001);

    assertThat(producers.applied("~a").epoch()).isEqualTo(4);
    assertThat(producers.judge(2, write("~a", 4, 8, 1), MAX)).isInstanceOf(Verdict.Append.class);
    assertThat(producers.judge(2, write("~a", 4, 6, 2), MAX))
        .isEqualTo(new Verdict.Duplicate(List.of(5L)));
    assertThat(producers.judge(2, write("~a", 4, 1, 5), MAX))
        .isEqualTo(new Verdict.Duplicate(List.of(-1L)));
    assertRefused(write("~b", 1, 1, 1), Refusal.UNKNOWN_EPOCH);
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5})
  void whoIsRememberedFollowsFromTheLogAloneAlsoThroughCheckpoints(long seed) {
    Random random = new Random(seed);
    PartitionProducers other = new PartitionProducers(REMEMBERED);
    Map<String, Long> all = new LinkedHashMap<>();
    List<String> newest = new ArrayList<>();
    for (int step = 0; step < 500; step++) {
      String id = "~" + (char) ('a' + random.nextInt(8));
      boolean isNew = !newest.remove(id);
      if (isNew) {
        all.remove(id);
      }
      newest.add(id);
      if (newest.size() > REMEMBERED) {
        all.remove(newest.remove(0));
      }
      if (isNew || random.nextInt(4) == 0) {
        long epoch = producers.applied(id).epoch() + 1;
        producers.applyOpening(1, id, epoch, step);
        other.applyOpening(1, id, epoch, step);
        all.putIfAbsent(id, 0L);
      } else {
        ProducerStamp stamp = stamp(id, producers.applied(id).epoch(), all.get(id) + 1, 2);
        producers.apply(1, stamp, 2L * step, step);
        other.apply(1, stamp, 2L * step, step);
        all.merge(id, 2L, Long::sum);
      }
      if (random.nextInt(10) == 0) {
        other.restore(producers.checkpoint());
      }
      assertThat(other.checkpoint()).isEqualTo(producers.checkpoint());
      assertThat(producers.idsAfter("", MAX))
          .containsExactlyElementsOf(newest.stream().sorted().toList());
      for (String known : newest) {
        assertThat(producers.applied(known).lastSequence()).isEqualTo(all.get(known));
      }
    }
  }
}
