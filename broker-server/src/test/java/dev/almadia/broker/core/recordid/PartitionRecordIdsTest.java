// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.core.recordid;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.hash.Hashing;
import dev.almadia.broker.core.record.ByteSlice;
import dev.almadia.broker.core.record.RecordIds;
import dev.almadia.broker.core.recordid.PartitionRecordIds.Asked;
import dev.almadia.broker.core.recordid.PartitionRecordIds.Terms;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The rules one by one, and random logs against {@link RecordIdTwin}. */
class PartitionRecordIdsTest {
  private static final int MAX = 100;
  private static final DedupSetting WINDOW = new DedupSetting(5, 1000);

  private final PartitionRecordIds ids = new PartitionRecordIds();
  private long nextOffset = 40;

  /** Empty texts are records without an id. */
  private static RecordIds of(List<String> texts) {
    List<Integer> positions = new ArrayList<>();
    List<Long> digests = new ArrayList<>();
    for (int i = 0; i < texts.size(); i++) {
      if (!texts.get(i).isEmpty()) {
        byte[] id = texts.get(i).getBytes(StandardCharsets.UTF_8);
        ByteBuffer digest = ByteBuffer.wrap(Hashing.sha256().hashBytes(id).asBytes());
        positions.add(i);
        digests.add(digest.getLong());
        digests.add(digest.getLong());
      }
    }
    return RecordIds.of(
        positions.stream().mapToInt(Integer::intValue).toArray(),
        digests.stream().mapToLong(Long::longValue).toArray());
  }

  /** Committed by the leader of term 1. */
  private void apply(DedupSetting setting, long appendMs, String... texts) {
    ids.apply(1, new RecordIdStamp(setting, of(List.of(texts))), nextOffset, appendMs);
    nextOffset += texts.length;
  }

  private IdVerdict judge(long nowMs, String... texts) {
    return judge(WINDOW, nowMs, texts);
  }

  private IdVerdict judge(DedupSetting setting, long nowMs, String... texts) {
    Asked asked = new Asked(of(List.of(texts)), texts.length, true);
    return ids.judge(2, asked, new Terms(setting, nowMs, MAX));
  }

  private static long[] offsets(IdVerdict verdict, long firstNew) {
    assertThat(verdict).isInstanceOf(IdVerdict.Known.class);
    Originals originals = ((IdVerdict.Known) verdict).originals();
    long[] appended = new long[originals.newCount()];
    Arrays.setAll(appended, i -> firstNew + i);
    return originals.offsets(appended);
  }

  @Test
  void aRecordIsKnownByItsIdUntilExactlyTheWindowIsOver() {
    apply(WINDOW, 10_000, "a", "", "b");

    assertThat(offsets(judge(10_999, "b", "a"), 0)).containsExactly(42, 40);
    assertThat(judge(11_000, "b", "a")).isEqualTo(new IdVerdict.Append());
    assertThat(judge(10_000, "c", "")).isEqualTo(new IdVerdict.Append());
  }

  @Test
  void recordsThatAreThereAndRecordsThatAreNotAreToldApart() {
    apply(WINDOW, 10_000, "a", "b");
    IdVerdict verdict = judge(10_001, "x", "a", "", "y", "x", "b", "a");

    assertThat(offsets(verdict, 900)).containsExactly(900, 40, 901, 902, 900, 41, 40);
    Originals originals = ((IdVerdict.Known) verdict).originals();
    assertThat(originals.newRecords()).containsExactly(0, 2, 3);
    assertThat(originals.newCount()).isEqualTo(3);
  }

  @Test
  void whatIsFoundLaterOfTheNewRecordsIsPutToWhatWasFoundBefore() {
    apply(WINDOW, 10_000, "a");
    Originals first = ((IdVerdict.Known) judge(10_001, "x", "a", "y", "x", "z", "y")).originals();
    apply(WINDOW, 10_001, "y");
    Originals later = ((IdVerdict.Known) judge(10_002, "x", "y", "z")).originals();

    Originals all = first.with(later);

    assertThat(all.newRecords()).containsExactly(0, 4);
    assertThat(all.offsets(new long[] {70, 71})).containsExactly(70, 40, 41, 70, 71, 41);
    Originals repeats = ((IdVerdict.Known) judge(10_002, "q", "q", "r")).originals();
    assertThat(Originals.none(3).with(repeats).offsets(new long[] {5, 6})).containsExactly(5, 5, 6);
  }

  @Test
  void timeIsThatOfTheLogWhereTheClockIsBehindIt() {
    apply(WINDOW, 10_000, "a");
    apply(WINDOW, 10_990, "b");

    assertThat(offsets(judge(5_000, "a"), 0)).containsExactly(40);
    apply(WINDOW, 11_000, "c");
    assertThat(judge(5_000, "a")).isEqualTo(new IdVerdict.Append());
    assertThat(offsets(judge(5_000, "b"), 0)).containsExactly(41);
    // What a leader with such a clock appends has the log's time, too.
    apply(WINDOW, 5_000, "d");
    assertThat(offsets(judge(11_999, "d"), 0)).containsExactly(43);
  }

  @Test
  void aLeaderThatIsBehindGoesByTheLogAndOneThatIsAheadByWhatItHasHeard() {
    apply(WINDOW, 10_000, "a");

    assertThat(offsets(judge(new DedupSetting(4, 0), 10_500, "a"), 0)).containsExactly(40);
    assertThat(offsets(judge(DedupSetting.NEVER, 10_500, "a"), 0)).containsExactly(40);
    assertThat(judge(new DedupSetting(6, 500), 10_500, "a")).isEqualTo(new IdVerdict.Append());
    assertThat(judge(new DedupSetting(6, 0), 10_001, "a")).isEqualTo(new IdVerdict.Append());
    assertThat(offsets(judge(new DedupSetting(6, 5000), 14_999, "a"), 0)).containsExactly(40);
  }

  @Test
  void idsThatNobodyReadAreAskedForOnlyWhereTheyMatter() {
    Asked unread = new Asked(RecordIds.NOT_READ, 3, true);

    assertThat(ids.judge(2, unread, new Terms(DedupSetting.NEVER, 1, MAX)))
        .isEqualTo(new IdVerdict.Append());
    assertThat(ids.judge(2, unread, new Terms(WINDOW, 1, MAX))).isEqualTo(new IdVerdict.Unread());
    apply(WINDOW, 10_000);
    assertThat(ids.judge(2, unread, new Terms(DedupSetting.NEVER, 1, MAX)))
        .isEqualTo(new IdVerdict.Unread());
  }

  @Test
  void whoNumbersItsRecordsIsNotJudgedAndTheNewestOfItsCopiesCounts() {
    apply(WINDOW, 10_000, "a");
    Asked numbered = new Asked(of(List.of("a", "a")), 2, false);

    assertThat(ids.judge(2, numbered, new Terms(WINDOW, 10_001, MAX)))
        .isEqualTo(new IdVerdict.Append());
    apply(WINDOW, 10_500, "a", "a");
    assertThat(offsets(judge(11_499, "a"), 0)).containsExactly(42);
    apply(WINDOW, 11_499, "z");
    assertThat(ids.size()).isEqualTo(3);
    assertThat(offsets(judge(11_499, "a"), 0)).containsExactly(42);
    apply(WINDOW, 11_500, "y");
    assertThat(judge(11_500, "a")).isEqualTo(new IdVerdict.Append());
  }

  @Test
  void oneEntryEndsWhatWasRememberedAndNoneAfterItSaysSo() {
    DedupSetting off = new DedupSetting(9, 0);
    apply(WINDOW, 10_000, "a");

    RecordIdStamp stamp = ids.stamp(RecordIds.NOT_READ, off);
    assertThat(stamp).isEqualTo(new RecordIdStamp(off, RecordIds.NONE));
    assertThat(judge(off, 10_001, "a")).isEqualTo(new IdVerdict.Append());
    int place = ids.appended(stamp, 41, 10_001);
    assertThat(ids.stamp(RecordIds.NOT_READ, off)).isNull();
    ids.takeBack(2, place);
    assertThat(ids.stamp(RecordIds.NOT_READ, off)).isNotNull();
    ids.apply(2, stamp, 41, 10_001);
    assertThat(ids.size()).isZero();
    assertThat(ids.stamp(RecordIds.NOT_READ, off)).isNull();
    assertThat(ids.stamp(RecordIds.NONE, WINDOW)).as("of a leader that is behind").isNull();
  }

  @Test
  void noMoreIdsAreTakenThanMayBeRememberedAndNoneIsForgottenForIt() {
    Terms terms = new Terms(WINDOW, 10_900, 3);
    apply(WINDOW, 10_000, "a", "", "b");

    assertThat(ids.judge(2, new Asked(of(List.of("c")), 1, true), terms))
        .isEqualTo(new IdVerdict.Append());
    Asked two = new Asked(of(List.of("c", "d")), 2, true);
    assertThat(ids.judge(2, two, terms)).isEqualTo(new IdVerdict.Full(1000, 10_000));
    assertThat(ids.judge(2, new Asked(two.ids(), 2, false), terms))
        .isEqualTo(new IdVerdict.Full(1000, 10_000));
    assertThat(ids.judge(2, new Asked(of(List.of("a")), 1, true), terms))
        .isInstanceOf(IdVerdict.Known.class);
    assertThat(ids.judge(2, new Asked(of(List.of("", "", "")), 3, true), terms))
        .isEqualTo(new IdVerdict.Append());
    assertThat(ids.judge(2, two, new Terms(WINDOW, 11_000, 3))).isEqualTo(new IdVerdict.Append());
  }

  @Test
  void aPartitionThatNeverHeardOfIdsHasNoBytes() {
    assertThat(ids.checkpoint()).isEmpty();
    assertThat(PartitionRecordIds.canRestore(new byte[3], 3)).isTrue();
    apply(WINDOW, 10_000);
    assertThat(ids.checkpoint()).isNotEmpty();
  }

  @Test
  void damagedBytesAreNotRestored() {
    apply(WINDOW, 10_000, "a", "b");
    byte[] bytes = ids.checkpoint();

    assertThat(PartitionRecordIds.canRestore(bytes, 0)).isTrue();
    assertThat(PartitionRecordIds.canRestore(Arrays.copyOf(bytes, bytes.length - 1), 0)).isFalse();
    assertThat(PartitionRecordIds.canRestore(Arrays.copyOf(bytes, bytes.length + 1), 0)).isFalse();
    bytes[0]++;
    assertThat(PartitionRecordIds.canRestore(bytes, 0)).isFalse();
  }

  @Test
  void aStampIsReadAsItWasWritten() {
    Random random = new Random(1);
    for (int round = 0; round < 300; round++) {
      List<String> texts = texts(random, random.nextInt(20), random.nextInt(3));
      RecordIdStamp stamp =
          new RecordIdStamp(
              new DedupSetting(random.nextInt(1000), random.nextInt(100_000)), of(texts));

      ByteSlice bytes = stamp.encode(texts.size());

      assertThat(RecordIdStamp.decode(bytes)).isEqualTo(stamp);
      assertThat(bytes.length())
          .isLessThanOrEqualTo(
              RecordIdStamp.BYTES_MAX + stamp.ids().size() * RecordIdStamp.ID_BYTES_MAX);
    }
  }

  private static List<String> texts(Random random, int count, int withoutOf) {
    List<String> texts = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      texts.add(
          withoutOf > 0 && random.nextInt(1 + withoutOf) == 0 ? "" : "i" + random.nextInt(40));
    }
    return texts;
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12})
  void randomLogsGiveWhatTheTwinSays(long seed) {
    Run run = new Run(seed);
    for (int step = 0; step < 3_000; step++) {
      run.step();
    }
    assertThat(run.appends).isGreaterThan(300);
    assertThat(run.known).isGreaterThan(100);
    assertThat(run.full).isGreaterThan(5);
  }

  /** One replica that leads now and then, and the log as it becomes. */
  private static final class Run {
    private static final int IDS_MAX = 20;

    private final Random random;
    private final List<RecordIdTwin.Logged> committed = new ArrayList<>();
    private final List<RecordIdTwin.Logged> appended = new ArrayList<>();
    private RecordIdTwin.State state = RecordIdTwin.replay(committed);
    private PartitionRecordIds real = new PartitionRecordIds();
    private long term = 1;
    private long nowMs = 1_000_000;
    private long nextOffset;
    private long revision = 1;
    private DedupSetting newest = new DedupSetting(1, 200);
    private DedupSetting older = DedupSetting.NEVER;
    private int appends;
    private int known;
    private int full;

    private Run(long seed) {
      random = new Random(seed);
    }

    private void step() {
      nowMs += random.nextInt(20) == 0 ? random.nextInt(400) - 200 : random.nextInt(5);
      switch (random.nextInt(20)) {
        case 0, 1, 2, 3, 4, 5 -> commit();
        case 6 -> changeLeader();
        case 7 -> restart();
        case 8 -> changeSetting();
        default -> write();
      }
    }

    private void changeSetting() {
      if (random.nextInt(6) == 0) {
        older = newest;
        newest =
            new DedupSetting(++revision, random.nextInt(4) == 0 ? 0 : 50 + random.nextInt(300));
      }
    }

    private void write() {
      int count = 1 + random.nextInt(4);
      List<String> texts = texts(random, count, 3);
      boolean isJudged = random.nextInt(6) > 0;
      DedupSetting heard = random.nextInt(10) == 0 ? older : newest;
      RecordIds asked = of(texts);
      IdVerdict verdict =
          real.judge(term, new Asked(asked, count, isJudged), new Terms(heard, nowMs, IDS_MAX));
      compare(verdict, texts, isJudged, heard);
      if (!(verdict instanceof IdVerdict.Append)) {
        return;
      }
      appends++;
      RecordIdStamp stamp = real.stamp(asked, heard);
      if (stamp == null) {
        nextOffset += count;
        return;
      }
      int place = real.appended(stamp, nextOffset, nowMs);
      if (random.nextInt(6) == 0) {
        real.takeBack(term, place);
        return;
      }
      boolean hasIds = stamp.ids().size() > 0;
      appended.add(
          new RecordIdTwin.Logged(stamp.setting(), nextOffset, nowMs, hasIds ? texts : List.of()));
      nextOffset += count;
    }

    private void compare(
        IdVerdict verdict, List<String> texts, boolean isJudged, DedupSetting heard) {
      RecordIdTwin.State ahead = RecordIdTwin.ahead(state, appended);
      DedupSetting setting =
          heard.revision() > ahead.setting().revision() ? heard : ahead.setting();
      if (setting.windowMs() == 0) {
        assertThat(verdict).isEqualTo(new IdVerdict.Append());
        return;
      }
      List<RecordIdTwin.Known> live = RecordIdTwin.known(ahead, setting, nowMs);
      long[] expected = new long[texts.size()];
      long next = 1_000_000;
      boolean some = false;
      for (int i = 0; i < texts.size(); i++) {
        String id = texts.get(i);
        int first = texts.indexOf(id);
        expected[i] = id.isEmpty() ? -1 : RecordIdTwin.offsetOf(live, id);
        boolean isKnown = expected[i] >= 0 || (!id.isEmpty() && first < i);
        expected[i] = expected[i] >= 0 ? expected[i] : isKnown ? expected[first] : next++;
        some |= isKnown;
      }
      long ids = texts.stream().filter(id -> !id.isEmpty()).count();
      if (some && isJudged) {
        known++;
        assertThat(offsets(verdict, 1_000_000)).containsExactly(expected);
      } else if (ids > 0 && live.size() + ids > IDS_MAX) {
        full++;
        long oldest = live.isEmpty() ? -1 : live.get(0).timeMs();
        assertThat(verdict).isEqualTo(new IdVerdict.Full(setting.windowMs(), oldest));
      } else {
        assertThat(verdict).isEqualTo(new IdVerdict.Append());
      }
    }

    private void commit() {
      if (!appended.isEmpty()) {
        commit(real, term, appended.remove(0));
      }
    }

    private void commit(PartitionRecordIds replica, long entryTerm, RecordIdTwin.Logged entry) {
      committed.add(entry);
      apply(replica, entryTerm, entry);
      state = RecordIdTwin.replay(committed);
      assertThat(replica.size()).isEqualTo(state.known().size());
    }

    private static void apply(
        PartitionRecordIds replica, long entryTerm, RecordIdTwin.Logged entry) {
      RecordIdStamp stamp = new RecordIdStamp(entry.setting(), of(entry.ids()));
      replica.apply(entryTerm, stamp, entry.firstOffset(), entry.appendMs());
    }

    /** Another leader commits some of what is there, and something else behind it. */
    private void changeLeader() {
      real.forgetAppended();
      for (int left = random.nextInt(3); left > 0 && !appended.isEmpty(); left--) {
        commit(real, term, appended.remove(0));
      }
      appended.clear();
      term += 2;
    }

    /** From a checkpoint, and perhaps from an earlier one with a part of the log. */
    private void restart() {
      int from = random.nextInt(committed.size() + 1);
      PartitionRecordIds before = new PartitionRecordIds();
      committed.subList(0, from).forEach(entry -> apply(before, 0, entry));
      PartitionRecordIds after = new PartitionRecordIds();
      byte[] bytes = before.checkpoint();
      assertThat(PartitionRecordIds.canRestore(bytes, 0)).isTrue();
      after.restore(bytes, 0);
      committed.subList(from, committed.size()).forEach(entry -> apply(after, 0, entry));
      assertThat(after.checkpoint()).isEqualTo(real.checkpoint());
      if (random.nextBoolean()) {
        real = after;
        appended.clear();
        term += 2;
      }
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void theRingFindsTheNewestOfEachThroughGrowthWrapAndShrinking(long seed) {
    Random random = new Random(seed);
    IdRing ring = new IdRing();
    List<long[]> all = new ArrayList<>();
    long time = 0;
    for (int step = 0; step < 20_000; step++) {
      boolean grows = (step / 2_000) % 2 == 0;
      if (random.nextInt(grows ? 4 : 2) > 0) {
        // Few different low halves, so that the table has long chains that wrap.
        long[] one = {
          random.nextInt(300), random.nextInt(40) - 20, step, time += random.nextInt(3)
        };
        ring.add(one[0], one[1], one[2], one[3]);
        all.add(one);
      } else if (random.nextInt(20) == 0) {
        int count = Math.min(all.size(), random.nextInt(4));
        ring.dropNewest(count);
        all.subList(all.size() - count, all.size()).clear();
      } else {
        int count = Math.min(all.size(), random.nextInt(grows ? 3 : 9));
        ring.dropOldest(count);
        all.subList(0, count).clear();
      }
      assertThat(ring.size()).isEqualTo(all.size());
      long high = random.nextInt(300);
      long low = random.nextInt(40) - 20;
      int place = ring.find(high, low);
      long expected =
          all.stream()
              .filter(x -> x[0] == high && x[1] == low)
              .mapToLong(x -> x[2])
              .max()
              .orElse(-1);
      assertThat(place == IdRing.NONE ? -1 : ring.offset(place)).isEqualTo(expected);
      long at = time - random.nextInt(100);
      assertThat(ring.countUpTo(at)).isEqualTo((int) all.stream().filter(x -> x[3] <= at).count());
    }
  }
}
