// SPDX-License-Identifier: Apache-2.0
package dev.almadia.raft.shard;

import static org.assertj.core.api.Assertions.assertThat;

import dev.almadia.raft.core.EntryId;
import dev.almadia.raft.core.log.Checkpoint;
import dev.almadia.raft.core.log.RestoredLog;
import dev.almadia.raft.store.RestoredGroup;
import dev.almadia.raft.testing.LogMachine;
import dev.almadia.raft.testing.MemoryBroker;
import dev.almadia.raft.testing.MemoryCluster;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What state machines made of entries, kept beyond these. The ledger compares all of them. */
class CheckpointTest {
  private static final long GROUP = 7;
  private static final long KIB = 1024;
  private static final GroupLimits DEFAULTS = GroupLimits.defaults();

  /** An entry here costs about 75 bytes, so a checkpoint is due every 28. */
  private static final GroupLimits LIMITS =
      new GroupLimits(
          DEFAULTS.inflightMessagesMax(),
          DEFAULTS.inflightBytesMax(),
          DEFAULTS.appendBytesMax(),
          DEFAULTS.uncommittedBytesMax(),
          DEFAULTS.tailBytesMax(),
          2 * KIB);

  private final MemoryCluster cluster =
      new MemoryCluster(
          1,
          5,
          id -> new RaftNodeConfig(id, 1, RaftTimings.defaults(), LIMITS, ShardLimits.defaults()));

  @BeforeEach
  void aGroup() {
    cluster.create(GROUP);
    cluster.awaitLeaders();
  }

  private LogMachine machine(int broker) {
    return cluster.broker(broker).machine(GROUP);
  }

  private GroupView view(int broker) {
    return cluster.broker(broker).node().view(GROUP);
  }

  private long savedIndex(int broker) {
    Checkpoint checkpoint = cluster.broker(broker).store().checkpoint(GROUP);
    return checkpoint == null ? 0 : checkpoint.index();
  }

  private void cut(long index) {
    cluster.runUntil(
        "cut to " + index,
        3_000,
        () -> {
          MemoryBroker leader = cluster.leader(GROUP);
          if (leader == null) {
            return false;
          }
          leader.node().advanceLogStart(GROUP, index);
          return leader.node().view(GROUP).firstIndex() == index + 1;
        });
  }

  private void awaitApplied(long index, int... brokers) {
    for (int broker : brokers) {
      cluster.runUntil(
          "applied on " + broker,
          5_000,
          () -> view(broker) != null && view(broker).appliedIndex() >= index);
    }
  }

  @Test
  void theStateIsKeptNowAndThenAndARestartReadsOnlyWhatIsBehindIt() {
    for (int i = 0; i < 10; i++) {
      cluster.proposeAll(GROUP, 10);
    }
    cluster.run(100);
    for (int broker = 1; broker <= 5; broker++) {
      assertThat(savedIndex(broker)).isBetween(101L - 45, 101L);
    }
    long saved = savedIndex(2);
    cluster.killProcess(2);
    cluster.restart(2);
    awaitApplied(101, 2);

    assertThat(machine(2).restores()).isEqualTo(1);
    assertThat(machine(2).applied()).hasSize((int) (101 - saved));
    assertThat(machine(2).index()).isEqualTo(101);
  }

  @Test
  void aNodeThatStopsKeepsTheStateSoThatNothingIsReadAtTheNextStart() {
    cluster.proposeAll(GROUP, 20);
    cluster.run(500);
    assertThat(savedIndex(2)).isZero();
    cluster.broker(2).node().stop();
    cluster.run(5);
    assertThat(savedIndex(2)).isEqualTo(21);
    cluster.killProcess(2);
    long reads = cluster.broker(2).store().reads();
    cluster.restart(2);
    awaitApplied(21, 2);

    assertThat(cluster.broker(2).store().reads()).isEqualTo(reads);
    assertThat(machine(2).applied()).isEmpty();
  }

  @Test
  void theStateAtTheEndIsWrittenBehindWhatIsBeingWritten() {
    cluster.proposeAll(GROUP, 20);
    cluster.run(500);
    cluster.broker(2).diskHangs();
    cluster.proposeAll(GROUP, 5);
    cluster.run(100);
    cluster.broker(2).node().stop();
    cluster.run(5);
    cluster.broker(2).diskPause(0);
    cluster.run(5);

    assertThat(savedIndex(2)).as("what it knew to be committed").isEqualTo(21);
    assertThat(cluster.broker(2).store().entries(GROUP)).hasSize(26);
  }

  @Test
  void aLogIsCutTogetherWithItsCheckpoint() {
    cluster.proposeAll(GROUP, 20);
    cut(15);
    awaitApplied(22, 1, 2, 3, 4, 5);
    cluster.runUntil("on disk", 1_000, () -> cluster.broker(3).store().startIndex(GROUP) == 15);
    assertThat(savedIndex(3)).isGreaterThanOrEqualTo(15);
    cluster.killProcess(3);
    cluster.restart(3);
    awaitApplied(22, 3);

    assertThat(machine(3).restores()).isEqualTo(1);
    assertThat(machine(3).index()).isEqualTo(22);
  }

  @Test
  void aCutWaitsForAMachineThatIsBehind() {
    cluster.proposeAll(GROUP, 20);
    cluster.killProcess(3);
    cluster.broker(3).readsMax(0);
    cluster.restart(3);
    cut(15);
    cluster.proposeAll(GROUP, 5);
    cluster.run(500);
    assertThat(view(3).appliedIndex()).isZero();
    assertThat(view(3).firstIndex()).isEqualTo(1);

    cluster.broker(3).readsMax(10);
    awaitApplied(27, 3);
    cluster.runUntil("cut", 1_000, () -> view(3).firstIndex() == 16);
    assertThat(machine(3).restores()).isZero();
  }

  /** A replica whose log was reset, and that has nothing yet of what the leader has behind that. */
  private void resetAndCutOff(int broker) {
    cluster.restart(broker);
    cluster.runUntil("reset", 5_000, () -> cluster.broker(broker).store().startIndex(GROUP) == 60);
    for (int other = 1; other <= 5; other++) {
      if (other != broker) {
        cluster.network().cut(broker, other);
      }
    }
    cluster.run(5);
    assertThat(cluster.broker(broker).store().entries(GROUP)).isEmpty();
    assertThat(savedIndex(broker)).as("the state is ahead").isGreaterThan(80);
    assertThat(view(broker).appliedIndex()).isEqualTo(60);
  }

  private void twoAreAwayWhileTheOthersCut() {
    cluster.killProcess(4);
    cluster.killProcess(5);
    cluster.proposeAll(GROUP, 80);
    cut(60);
    cluster.network().delay(5, 0);
  }

  @Test
  void aResetBringsTheStateAndWhatIsInItIsNotAppliedAgain() {
    twoAreAwayWhileTheOthersCut();
    resetAndCutOff(5);
    cluster.killProcess(5);
    cluster.restart(5);
    cluster.network().heal();
    cluster.proposeAll(GROUP, 10);
    awaitApplied(view(1).commitIndex(), 5);

    assertThat(machine(5).index()).isEqualTo(view(1).commitIndex());
    assertThat(machine(5).applied().get(0).index()).isGreaterThan(81);
  }

  @Test
  void aReplicaThatIsForcedToLeadGoesOnBehindItsLogWhateverItsStateHas() {
    twoAreAwayWhileTheOthersCut();
    resetAndCutOff(5);
    List.of(1, 2, 3).forEach(cluster::killProcess);
    cluster.run(2_000);
    cluster.forgetStates(GROUP);
    CompletableFuture<ForceResult> forced = cluster.broker(5).node().forceConfig(GROUP, List.of(5));
    cluster.runUntil("it leads", 500, () -> cluster.leads(5, GROUP));

    assertThat(forced).isCompletedWithValue(ForceResult.FORCED);
    cluster.proposeAll(GROUP, 60);
    cut(70);
    assertThat(machine(5).index()).isEqualTo(view(5).commitIndex());
    assertThat(cluster.broker(5).node().problem(GROUP)).isNull();
  }

  @Test
  void aReplicaWhoseStateIsOfAnotherLogSaysSoAndServesNoMore() {
    twoAreAwayWhileTheOthersCut();
    resetAndCutOff(4);
    resetAndCutOff(5);
    List.of(1, 2, 3).forEach(cluster::killProcess);
    cluster.run(2_000);
    cluster.forgetStates(GROUP);
    cluster.network().heal();
    cluster.network().cut(4, 5);
    CompletableFuture<ForceResult> forced =
        cluster.broker(5).node().forceConfig(GROUP, List.of(4, 5));
    cluster.network().heal();
    cluster.runUntil("it leads", 2_000, () -> cluster.leads(5, GROUP));
    assertThat(forced).isCompletedWithValue(ForceResult.FORCED);
    cluster.proposeAll(GROUP, 60);
    cluster.run(500);

    assertThat(cluster.broker(5).node().problem(GROUP)).isNull();
    assertThat(cluster.broker(4).node().problem(GROUP)).contains("derived state");
    assertThat(view(4).appliedIndex()).isZero();
    cluster.broker(5).node().transferLeadership(GROUP, 4);
    cluster.run(1_000);
    assertThat(view(4).confirmed()).isFalse();
  }

  @Test
  void aGroupWhoseCheckpointCannotBeReadDoesNotStart() {
    RestoredLog log =
        cluster.broker(2).store().restore().stream()
            .map(RestoredGroup::log)
            .findFirst()
            .orElseThrow();
    Checkpoint strange = new Checkpoint(new EntryId(1, 1), new byte[3]);
    RestoredLog bad =
        new RestoredLog(
            log.hardState(),
            log.selfId(),
            log.config(),
            log.configIndex(),
            log.prev(),
            log.startOffset(),
            log.startMaxTimestampMs(),
            log.runs(),
            log.commitIndex(),
            log.commitNextOffset(),
            log.commitMaxTimestampMs(),
            log.tail(),
            strange);
    cluster.broker(2).node().open(cluster.spec(2, 99), new RestoredGroup(99, bad));
    cluster.run(5);

    assertThat(cluster.broker(2).node().view(99)).isNull();
    assertThat(cluster.broker(2).node().problem(99)).contains("cannot be read");
  }
}
