// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.core.producer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.almadia.broker.core.producer.ProducerState.Numbering;
import dev.almadia.broker.core.producer.Verdict.Refusal;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The rules one by one, and random logs against {@link ProducerTwin}. */
class PartitionProducersTest {
  private static final int MAX = 100;

  private final PartitionProducers producers = new PartitionProducers();
  private long nextOffset;

  private static ProducerWrite named(long first, int count) {
    Segment segment = new Segment(first, first + count - 1, count);
    return ProducerWrite.of("p", 0, false, segment, first - 1);
  }

  private static ProducerWrite routed(long first, long last, int count, long previous) {
    return ProducerWrite.of("p", 0, true, new Segment(first, last, count), previous);
  }

  /** Two records of a stream that began with some sequence. */
  private static ProducerWrite streamed(long start, long first, long last) {
    Segment segment = new Segment(first, last, 2);
    return new ProducerWrite("p", 0, true, start, List.of(new ProducerWrite.Part(segment, 0)));
  }

  /** Committed by the leader of term 1. */
  private void apply(ProducerWrite write) {
    ProducerStamp stamp = write.stampFrom(0);
    producers.apply(1, stamp, nextOffset, 1000);
    nextOffset += stamp.segments().stream().mapToInt(Segment::count).sum();
  }

  private Verdict judge(ProducerWrite write) {
    return producers.judge(2, write, MAX);
  }

  private void assertRefused(ProducerWrite write, Refusal refusal) {
    assertThat(judge(write))
        .isInstanceOfSatisfying(
            Verdict.Refused.class, refused -> assertThat(refused.refusal()).isEqualTo(refusal));
  }

  @Test
  void whatComesAgainIsADuplicateWithItsOffset() {
    apply(named(1, 5));
    nextOffset += 10;
    apply(named(6, 3));

    assertThat(judge(named(1, 5))).isEqualTo(new Verdict.Duplicate(List.of(0L)));
    assertThat(judge(named(6, 3))).isEqualTo(new Verdict.Duplicate(List.of(15L)));
    assertThat(judge(named(9, 1))).isEqualTo(new Verdict.Append(List.of()));
  }

  @Test
  void whatIsMissingBeforeIsAGapAndAnotherBatchThanBeforeIsRegressed() {
    apply(named(1, 5));

    assertRefused(named(7, 1), Refusal.GAP);
    assertRefused(named(4, 3), Refusal.REGRESSED);
    assertThat(judge(named(2, 2))).isEqualTo(new Verdict.Duplicate(List.of(1L)));
  }

  @Test
  void routedRecordsHaveGapsButMissNothingThatTheStreamKnowsOf() {
    apply(routed(3, 9, 2, 0));

    assertThat(judge(routed(3, 9, 2, 0))).isEqualTo(new Verdict.Duplicate(List.of(0L)));
    assertThat(judge(routed(20, 20, 1, 9))).isEqualTo(new Verdict.Append(List.of()));
    assertThat(judge(routed(20, 20, 1, 0))).isEqualTo(new Verdict.Append(List.of()));
    assertRefused(routed(20, 20, 1, 15), Refusal.GAP);
    assertRefused(named(10, 1), Refusal.NUMBERING_MIXED);
  }

  @Test
  void whatALaterBatchOvertookIsNotTakenForADuplicate() {
    apply(routed(6, 10, 5, 0));
    assertRefused(routed(1, 5, 5, 0), Refusal.REGRESSED);
    apply(routed(21, 25, 5, 10));
    assertRefused(routed(11, 15, 5, 10), Refusal.REGRESSED);

    assertThat(judge(routed(6, 10, 5, 0))).isEqualTo(new Verdict.Duplicate(List.of(0L)));
  }

  @Test
  void whatIsTooOldToBeRememberedIsThereIfItsStreamWroteOnBehindIt() {
    apply(streamed(1, 1, 2));
    for (int i = 1; i <= ProducerState.RUNS_MAX; i++) {
      apply(streamed(1, 1 + 3L * i, 2 + 3L * i));
    }

    assertThat(judge(streamed(1, 1, 2))).isEqualTo(new Verdict.Duplicate(List.of(-1L)));
    assertThat(judge(routed(1, 2, 2, 0))).isEqualTo(new Verdict.Duplicate(List.of(-1L)));
    assertThat(judge(streamed(1, 4, 5))).isEqualTo(new Verdict.Duplicate(List.of(2L)));
  }

  @Test
  void whatAStreamLeftOutIsNotThereHoweverOldItIs() {
    apply(streamed(1, 1, 2));
    apply(streamed(11, 11, 12));
    for (int i = 1; i <= ProducerState.RUNS_MAX; i++) {
      apply(streamed(11, 11 + 3L * i, 12 + 3L * i));
    }

    assertRefused(streamed(1, 5, 6), Refusal.REGRESSED);
    assertRefused(streamed(1, 2, 4), Refusal.REGRESSED);
    assertRefused(streamed(1, 10, 11), Refusal.REGRESSED);
    assertThat(judge(streamed(1, 1, 2))).isEqualTo(new Verdict.Duplicate(List.of(-1L)));
    assertThat(judge(streamed(1, 11, 12))).isEqualTo(new Verdict.Duplicate(List.of(-1L)));
  }

  @Test
  void ofManyStreamsThatLeftSomethingOutOnlyTheNewestAreRemembered() {
    for (int i = 0; i <= ProducerState.SPANS_MAX; i++) {
      apply(streamed(1 + 10L * i, 1 + 10L * i, 2 + 10L * i));
      apply(streamed(1 + 10L * i, 4 + 10L * i, 5 + 10L * i));
    }

    assertRefused(streamed(1, 1, 2), Refusal.REGRESSED);
    assertThat(judge(streamed(11, 11, 12))).isEqualTo(new Verdict.Duplicate(List.of(-1L)));
  }

  @Test
  void anOpeningFencesTheEpochsBeforeAndKeepsTheSequence() {
    apply(named(1, 5));
    producers.applyOpening(1, "p", 1, 77);

    assertRefused(named(6, 1), Refusal.FENCED);
    Segment next = new Segment(6, 6, 1);
    assertRefused(ProducerWrite.of("p", 2, false, next, 5), Refusal.UNKNOWN_EPOCH);
    assertThat(judge(ProducerWrite.of("p", 1, false, next, 5)))
        .isEqualTo(new Verdict.Append(List.of()));
    assertThat(producers.applied("p").lastSequence()).isEqualTo(5);
    assertThat(producers.applied("p").lastOffset()).isEqualTo(4);
  }

  @Test
  void ofTwoOpeningsWithOneEpochTheFirstWins() {
    producers.applyOpening(1, "p", 1, 77);

    assertThat(producers.judgeOpening(2, "p", 1, 77, MAX)).isInstanceOf(Verdict.Duplicate.class);
    assertThat(producers.judgeOpening(2, "p", 1, 78, MAX)).isInstanceOf(Verdict.Refused.class);
    assertThat(producers.judgeOpening(2, "p", 2, 78, MAX)).isInstanceOf(Verdict.Append.class);
    producers.applyOpening(1, "p", 1, 78);
    assertThat(producers.applied("p").session()).isEqualTo(77);
  }

  @Test
  void onlySoManyProducersAreTakenAlsoOfThoseOnTheirWay() {
    apply(named(1, 5));
    ProducerStamp stamp = new ProducerStamp("q", 0, false, 0, List.of(new Segment(1, 1, 1)));
    assertThat(judge(named(6, 1))).isInstanceOf(Verdict.Append.class);
    int place = producers.appended(stamp, 5, 1000);

    ProducerWrite third = ProducerWrite.of("r", 0, false, new Segment(1, 1, 1), 0);
    assertThat(producers.judge(2, third, 2))
        .isEqualTo(new Verdict.Refused(Refusal.LIMIT, ProducerState.NEW));
    assertThat(producers.judge(2, named(6, 1), 2)).isInstanceOf(Verdict.Append.class);
    producers.takeBack(2, place);
    assertThat(producers.judge(2, third, 2)).isInstanceOf(Verdict.Append.class);
  }

  @Test
  void aMergedWriteLeavesOutWhatIsThereAndIsRefusedAsAWhole() {
    apply(named(1, 5));
    ProducerWrite.Part known = new ProducerWrite.Part(new Segment(4, 5, 2), 3);
    ProducerWrite.Part next = new ProducerWrite.Part(new Segment(6, 6, 1), 5);
    ProducerWrite.Part behindAGap = new ProducerWrite.Part(new Segment(8, 8, 1), 7);

    assertThat(judge(new ProducerWrite("p", 0, false, 0, List.of(known, next))))
        .isEqualTo(new Verdict.Append(List.of(3L)));
    assertRefused(
        new ProducerWrite("p", 0, false, 0, List.of(known, next, behindAGap)), Refusal.GAP);
  }

  @Test
  void aNewTermForgetsWhatWasAppendedInTheOneBefore() {
    ProducerStamp stamp = new ProducerStamp("p", 0, false, 0, List.of(new Segment(1, 3, 3)));
    assertThat(judge(named(1, 3))).isInstanceOf(Verdict.Append.class);
    int unused = producers.appended(stamp, 0, 1000);

    assertThat(producers.judge(2, named(1, 3), MAX)).isInstanceOf(Verdict.Duplicate.class);
    assertThat(producers.judge(3, named(1, 3), MAX)).isInstanceOf(Verdict.Append.class);
  }

  @Test
  void aTableIsNothingWhenItIsEmptyAndStrangeBytesAreNoTable() {
    assertThat(producers.checkpoint()).isEmpty();
    assertThat(PartitionProducers.canRestore(new byte[0])).isTrue();
    apply(named(1, 5));
    byte[] table = producers.checkpoint();
    assertThat(table.length).isLessThan(40);
    for (int bytes = 1; bytes < table.length; bytes++) {
      assertThat(PartitionProducers.canRestore(java.util.Arrays.copyOf(table, bytes))).isFalse();
    }
    assertThat(PartitionProducers.canRestore(java.util.Arrays.copyOf(table, table.length + 1)))
        .isFalse();
    table[0] = 99;
    assertThat(PartitionProducers.canRestore(table)).isFalse();
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void agreesWithTheTwin(long seed) {
    new RandomProducers(seed).run(6_000);
  }

  /** A replica that leads in some terms and follows in others; entries are lost with its role. */
  private static final class RandomProducers {
    private record Logged(Runnable apply, Runnable applyToTwin) {}

    private final Random random;
    private final boolean routed;
    private PartitionProducers real = new PartitionProducers();
    private ProducerTwin committed = new ProducerTwin();
    private ProducerTwin ahead = new ProducerTwin();
    private final Deque<Logged> uncommitted = new ArrayDeque<>();
    private long term = 1;
    private long nextOffset;
    private int duplicates;
    private int appends;
    private int refusals;

    RandomProducers(long seed) {
      random = new Random(seed);
      routed = random.nextBoolean();
    }

    void run(int steps) {
      for (int i = 0; i < steps; i++) {
        switch (random.nextInt(20)) {
          case 0, 1, 2, 3 -> commitSome();
          case 4 -> open();
          case 5 -> restart();
          case 6 -> loseLeadership();
          default -> write();
        }
      }
      assertThat(List.of(duplicates, appends, refusals)).allMatch(count -> count > 100);
      compareApplied();
    }

    private String producer() {
      return "p" + random.nextInt(4);
    }

    private void commitSome() {
      for (int left = random.nextInt(4); left > 0 && !uncommitted.isEmpty(); left--) {
        Logged next = uncommitted.removeFirst();
        next.apply().run();
        next.applyToTwin().run();
      }
    }

    private void restart() {
      byte[] bytes = real.checkpoint();
      assertThat(PartitionProducers.canRestore(bytes)).isTrue();
      real = new PartitionProducers();
      real.restore(bytes);
      assertThat(real.checkpoint()).isEqualTo(bytes);
      loseLeadership();
    }

    /** What was appended may be committed by the next leader, up to some place. */
    private void loseLeadership() {
      if (random.nextBoolean()) {
        real.forgetAppended();
      }
      commitSome();
      uncommitted.clear();
      term++;
      ahead = committed.copy();
    }

    private void open() {
      String id = producer();
      long epoch = Math.max(1, ahead.epoch(id) + random.nextInt(3) - 1);
      long session = random.nextInt(4) == 0 ? ahead.session(id) : random.nextLong();
      ProducerTwin.Said said = ahead.judgeOpening(id, epoch, session);
      Verdict verdict = real.judgeOpening(term, id, epoch, session, MAX);
      compare(verdict, said, List.of());
      if (verdict instanceof Verdict.Append) {
        int place = real.opened(id, epoch, session);
        if (random.nextInt(5) == 0) {
          real.takeBack(term, place);
          return;
        }
        ahead.open(id, epoch, session);
        long inTerm = term;
        uncommitted.add(
            new Logged(
                () -> real.applyOpening(inTerm, id, epoch, session),
                () -> committed.open(id, epoch, session)));
      }
    }

    private void write() {
      ProducerWrite write = nextWrite(producer());
      ProducerTwin.Said said = ahead.judge(write);
      Verdict verdict = real.judge(term, write, MAX);
      List<Segment> newest = ahead.newestFirst(write.producerId());
      compare(verdict, said, newest.subList(0, Math.min(newest.size(), ProducerState.RUNS_MAX)));
      compareOffsets(verdict, said, write, newest);
      if (!(verdict instanceof Verdict.Append append)) {
        return;
      }
      ProducerStamp stamp = write.stampFrom(append.offsets().size());
      long first = nextOffset + random.nextInt(2);
      int place = real.appended(stamp, first, term);
      if (random.nextInt(5) == 0) {
        real.takeBack(term, place);
        return;
      }
      nextOffset = first + stamp.segments().stream().mapToInt(Segment::count).sum();
      ahead.append(stamp, first);
      long inTerm = term;
      uncommitted.add(
          new Logged(
              () -> real.apply(inTerm, stamp, first, inTerm),
              () -> committed.append(stamp, first)));
    }

    private ProducerWrite nextWrite(String id) {
      long epoch =
          Math.max(0, ahead.epoch(id) + (random.nextInt(8) == 0 ? random.nextInt(3) - 1 : 0));
      boolean numbering = (random.nextInt(30) == 0) != routed;
      List<ProducerWrite.Part> parts = new ArrayList<>();
      List<Segment> known = ahead.newestFirst(id);
      long last = ahead.lastSequence(id);
      if (!known.isEmpty() && random.nextInt(3) == 0) {
        // A resend from some batch on.
        for (int at = random.nextInt(Math.min(known.size(), 30)); at >= 0; at--) {
          Segment segment = known.get(at);
          long before = !numbering || random.nextBoolean() ? segment.firstSequence() - 1 : 0;
          parts.add(new ProducerWrite.Part(segment, before));
          if (random.nextInt(4) == 0) {
            return write(id, epoch, numbering, parts);
          }
        }
      } else if (random.nextInt(12) == 0) {
        last = Math.max(0, last + random.nextInt(6) - 3);
      }
      for (int left = 1 + random.nextInt(2); left > 0; left--) {
        int count = 1 + random.nextInt(4);
        long first = last + 1 + (numbering ? random.nextInt(3) : 0);
        long end = first + count - 1 + (numbering ? random.nextInt(2) : 0);
        long previous = numbering ? (random.nextInt(4) == 0 ? 0 : last) : first - 1;
        parts.add(new ProducerWrite.Part(new Segment(first, end, count), previous));
        last = end;
      }
      return write(id, epoch, numbering, parts);
    }

    /** Whoever sends it knows nothing of what was before, or all from some sequence on. */
    private ProducerWrite write(
        String id, long epoch, boolean numbering, List<ProducerWrite.Part> parts) {
      long first = parts.get(0).segment().firstSequence();
      long known = ahead.lastSequence(id) + random.nextInt(6) - 3;
      long from = random.nextInt(4) == 0 ? first : Math.max(1, Math.min(first, known));
      return new ProducerWrite(id, epoch, numbering, numbering ? from : 0, parts);
    }

    private void compare(Verdict verdict, ProducerTwin.Said said, List<Segment> unused) {
      if (verdict instanceof Verdict.Refused refused) {
        refusals++;
        if (refused.refusal() == Refusal.REGRESSED && said.mayRegress()) {
          return;
        }
        assertThat(refused.refusal().name()).isEqualTo(said.verdict());
      } else if (verdict instanceof Verdict.Duplicate) {
        duplicates++;
        assertThat(said.verdict()).isEqualTo("duplicate");
      } else {
        appends++;
        assertThat(said.verdict()).isEqualTo("append");
      }
    }

    /** Right where given, and given for the newest batches. */
    private void compareOffsets(
        Verdict verdict, ProducerTwin.Said said, ProducerWrite write, List<Segment> newest) {
      List<Long> offsets =
          verdict instanceof Verdict.Append append
              ? append.offsets()
              : verdict instanceof Verdict.Duplicate same ? same.offsets() : List.of();
      if (verdict instanceof Verdict.Refused) {
        return;
      }
      assertThat(offsets).hasSameSizeAs(said.offsets());
      for (int i = 0; i < offsets.size(); i++) {
        int age = newest.indexOf(write.parts().get(i).segment());
        if (age < 0) {
          // Not a batch that was sent: any answer but a wrong one is right.
          continue;
        }
        if (offsets.get(i) >= 0 || age < ProducerState.RUNS_MAX) {
          assertThat(offsets.get(i)).isEqualTo(said.offsets().get(i));
        }
      }
    }

    private void compareApplied() {
      assertThat(real.size()).isEqualTo(committed.size());
      for (int i = 0; i < 4; i++) {
        ProducerState state = real.applied("p" + i);
        assertThat(state.epoch()).isEqualTo(committed.epoch("p" + i));
        assertThat(state.lastSequence()).isEqualTo(committed.lastSequence("p" + i));
        assertThat(state.numbering() == Numbering.NONE)
            .isEqualTo(committed.newestFirst("p" + i).isEmpty());
      }
    }
  }
}
