// SPDX-License-Identifier: Apache-2.0
package dev.almadia.raft.shard;

import static org.assertj.core.api.Assertions.assertThat;

import dev.almadia.raft.core.EffectsFixture;
import dev.almadia.raft.core.Entry;
import dev.almadia.raft.core.EntryId;
import dev.almadia.raft.core.HardState;
import dev.almadia.raft.core.LogMark;
import dev.almadia.raft.core.Message;
import dev.almadia.raft.core.config.GroupConfig;
import dev.almadia.raft.core.log.Checkpoint;
import dev.almadia.raft.store.GroupWrite;
import dev.almadia.raft.store.NewReplica;
import dev.almadia.raft.store.WriteRound;
import dev.almadia.raft.testing.Entries;
import dev.almadia.raft.testing.MemoryLogStore;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PersistRoundTest {
  private static final NewReplica REPLICA = new NewReplica(1, GroupConfig.ofVoters(List.of(1)));

  private final Owner owner = new Owner(7);
  private final PersistRound round = new PersistRound();
  private long start;

  @Test
  void joinsSeveralTurnsOfAGroupIntoOneWrite() {
    round.add(
        owner, new EffectsFixture().append(Entries.entries(7, 1, 1, 2)).mark(1, 2).effects(), true);
    round.add(
        owner, new EffectsFixture().append(Entries.entries(7, 1, 3, 4)).mark(1, 4).effects(), true);

    List<GroupWrite> writes = round.writes();

    assertThat(writes).hasSize(1);
    assertThat(writes.get(0).entries()).extracting(Entry::index).containsExactly(1L, 2L, 3L, 4L);
    assertThat(round.release()).isEqualTo(1);
    assertThat(owner.marks).containsExactly(new LogMark(1, 4));
  }

  @Test
  void aTruncationOfWhatWaitsHereDoesNotReachTheStore() {
    round.add(owner, new EffectsFixture().append(Entries.entries(7, 1, 10, 14)).effects(), true);
    round.add(
        owner,
        new EffectsFixture().truncateFrom(12).append(Entries.entries(7, 2, 12, 12)).effects(),
        true);

    GroupWrite write = round.writes().get(0);

    assertThat(write.truncateFrom()).isZero();
    assertThat(write.entries())
        .extracting(Entry::toString)
        .containsExactly("1/10 DATA(36)", "1/11 DATA(36)", "2/12 DATA(36)");
    assertThat(round.entryCount()).isEqualTo(3);
    assertThat(round.bytes()).isEqualTo(300);
  }

  @Test
  void theLowestTruncationWins() {
    round.add(
        owner,
        new EffectsFixture().truncateFrom(10).append(Entries.entries(7, 2, 10, 11)).effects(),
        true);
    round.add(
        owner,
        new EffectsFixture().truncateFrom(8).append(Entries.entries(7, 3, 8, 8)).effects(),
        true);
    round.add(
        owner,
        new EffectsFixture().truncateFrom(9).append(Entries.entries(7, 4, 9, 9)).effects(),
        true);

    GroupWrite write = round.writes().get(0);

    assertThat(write.truncateFrom()).isEqualTo(8);
    assertThat(write.entries()).extracting(Entry::term).containsExactly(3L, 4L);
  }

  @Test
  void hardStateIsAlwaysSyncedAndTheNewestWins() {
    round.add(owner, new EffectsFixture().append(Entries.entries(7, 1, 1, 1)).effects(), false);
    assertThat(round.synced()).isFalse();

    round.add(owner, new EffectsFixture().hardState(new HardState(2, 1)).effects(), false);
    round.add(owner, new EffectsFixture().hardState(new HardState(3, 0)).effects(), false);

    assertThat(round.synced()).isTrue();
    assertThat(round.writes().get(0).hardState()).isEqualTo(new HardState(3, 0));
  }

  @Test
  void aDestroyedGroupWritesNothingElse() {
    round.add(owner, new EffectsFixture().append(Entries.entries(7, 1, 1, 1)).effects(), true);
    round.destroy(new Owner(7));

    assertThat(round.writes())
        .containsExactly(new GroupWrite(7, null, true, null, 0, List.of(), 0));
    assertThat(round.release()).isEqualTo(1);
    assertThat(owner.marks).as("nobody is told that it was written").isEmpty();
  }

  /** The twin writes the effects of every turn by itself; both stores must end up equal. */
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void mergedTurnsLeaveTheSameAsSingleOnes(long seed) {
    Random random = new Random(seed);
    MemoryLogStore merged = store();
    MemoryLogStore single = store();
    List<Entry> log = new ArrayList<>();
    long singles = 1;
    for (long number = 2; number < 200; number++) {
      PersistRound open = new PersistRound();
      for (int turn = random.nextInt(5); turn >= 0; turn--) {
        EffectsFixture turnEffects = randomTurn(random, log, number * 10);
        open.add(owner, turnEffects.effects(), true);
        PersistRound alone = new PersistRound();
        alone.add(owner, turnEffects.effects(), true);
        single.write(new WriteRound(++singles, alone.writes(), true));
      }
      merged.write(new WriteRound(number, open.writes(), open.synced()));
      assertThat(merged.safeEntries(7)).containsExactlyElementsOf(single.safeEntries(7));
      assertThat(merged.safeEntries(7)).containsExactlyElementsOf(log);
    }
  }

  private EffectsFixture randomTurn(Random random, List<Entry> log, long term) {
    EffectsFixture turn = new EffectsFixture();
    if (random.nextInt(12) == 0) {
      start += log.size() + 1 + random.nextInt(4);
      log.clear();
      turn.reset(term, start);
    }
    if (random.nextBoolean() && !log.isEmpty()) {
      int keep = log.size() - random.nextInt(Math.min(log.size(), 6) + 1);
      log.subList(keep, log.size()).clear();
      turn.truncateFrom(start + keep + 1);
    }
    long last = start + log.size();
    List<Entry> added = Entries.entries(7, term, last + 1, last + random.nextInt(4));
    log.addAll(added);
    return turn.append(added);
  }

  @Test
  void aResetIsSyncedAndMakesWhatWaitsPointless() {
    round.add(
        owner,
        new EffectsFixture().truncateFrom(5).append(Entries.entries(7, 1, 5, 9)).effects(),
        false);
    round.add(
        owner,
        new EffectsFixture().reset(3, 100).append(Entries.entries(7, 3, 101, 103)).effects(),
        false);
    round.add(
        owner,
        new EffectsFixture().truncateFrom(101).append(Entries.entries(7, 4, 101, 101)).effects(),
        false);

    GroupWrite write = round.writes().get(0);

    assertThat(round.synced()).isTrue();
    assertThat(write.reset()).isNotNull();
    assertThat(write.reset().start().index()).isEqualTo(100);
    assertThat(write.truncateFrom()).as("the store has nothing there").isZero();
    assertThat(write.entries()).extracting(Entry::term).containsExactly(4L);
    assertThat(round.entryCount()).isEqualTo(1);
    assertThat(write.checkpoint()).isNotNull();
    assertThat(write.checkpoint().index()).isEqualTo(100);
    assertThat(round.bytes()).as("an entry and a checkpoint").isEqualTo(107);
  }

  @Test
  void theNewestStartAndCheckpointAreWrittenWithoutSync() {
    round.add(owner, new EffectsFixture().logStart(1, 4).effects(), true);
    round.save(owner, new Checkpoint(new EntryId(1, 5), new byte[50]));
    round.add(owner, new EffectsFixture().logStart(1, 6).effects(), true);
    Checkpoint newest = new Checkpoint(new EntryId(1, 7), new byte[9]);
    round.save(owner, newest);

    assertThat(round.synced()).isFalse();
    assertThat(round.bytes()).isEqualTo(9);
    assertThat(round.writes()).hasSize(1);
    assertThat(round.writes().get(0).logStart().index()).isEqualTo(6);
    assertThat(round.writes().get(0).checkpoint()).isEqualTo(newest);
  }

  @Test
  void aResetTakesTheCheckpointThatCameWithIt() {
    round.save(owner, new Checkpoint(new EntryId(1, 120), new byte[50]));
    round.add(owner, new EffectsFixture().reset(3, 100).effects(), false);

    assertThat(round.writes().get(0).checkpoint().index()).isEqualTo(100);
  }

  private static MemoryLogStore store() {
    MemoryLogStore store = new MemoryLogStore();
    GroupWrite create = new GroupWrite(7, REPLICA, false, null, 0, List.of(), 0);
    store.write(new WriteRound(1, List.of(create), true));
    return store;
  }

  private static final class Owner implements RoundOwner {
    private final long groupId;
    private final List<LogMark> marks = new ArrayList<>();

    Owner(long groupId) {
      this.groupId = groupId;
    }

    @Override
    public long groupId() {
      return groupId;
    }

    @Override
    public long commitIndex() {
      return 0;
    }

    @Override
    public void persisted(LogMark mark, List<Message> released) {
      marks.add(mark);
    }
  }
}
