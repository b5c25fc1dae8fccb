// SPDX-License-Identifier: Apache-2.0
package dev.almadia.simulation.disk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.almadia.raft.core.Entry;
import dev.almadia.raft.core.EntryId;
import dev.almadia.raft.core.HardState;
import dev.almadia.raft.core.config.ReplicaId;
import dev.almadia.raft.store.GroupWrite;
import dev.almadia.raft.store.LogStore;
import dev.almadia.raft.store.StoreException;
import dev.almadia.raft.store.WriteRound;
import dev.almadia.storage.RocksUnderTest;
import dev.almadia.storage.StoreOptions;
import dev.almadia.storage.testing.PlainLogs;
import dev.almadia.storage.testing.StoreUnderTest;
import dev.almadia.storage.testing.Workload;
import dev.almadia.storage.testing.WorkloadRun;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The simulated store and the real one are given the same, and must say the same. */
class SameWorkloadTest {
  @TempDir Path temp;

  private StoreUnderTest real(String name) {
    return new RocksUnderTest(
        temp.resolve(name), StoreOptions.small().withMemtableBytes(256 << 10));
  }

  @Test
  void theSimulatedStoreKeepsTheContract() {
    int lost = 0;
    for (long seed = 1; seed <= 20; seed++) {
      lost += WorkloadRun.run(SimUnderTest.of(seed), seed, 400);
    }
    assertThat(lost).isPositive();
  }

  /** The tests of module storage run it for longer. */
  @Test
  void theRealStoreKeepsTheSameContract() {
    WorkloadRun.run(real("live"), 4, 150);
  }

  @Test
  void bothSayTheSame() {
    StoreUnderTest real = real("live");
    StoreUnderTest simulated = SimUnderTest.of(1);
    LogStore one = real.open();
    LogStore other = simulated.open();
    Workload workload = new Workload(11);
    for (int round = 1; round <= 100; round++) {
      WriteRound next = workload.next();
      one.write(next);
      other.write(next);
      if (round % 20 == 0) {
        assertThat(PlainLogs.fingerprintOf(other)).isEqualTo(PlainLogs.fingerprintOf(one));
        workload.logs().compare(one, new Random(round));
        workload.logs().compare(other, new Random(round));
      }
    }
    one.close();
  }

  /** Each by itself breaks the contract, on a store with group 1 that holds 1 to 5, 3 committed. */
  private static List<GroupWrite> forbidden() {
    List<Entry> falling = TestRounds.entries(1, 2, 6, 6);
    return List.of(
        TestRounds.create(1),
        TestRounds.create(9),
        TestRounds.create(-1),
        TestRounds.create(1, ReplicaId.of(1, 9)),
        TestRounds.configure(1, new EntryId(2, 6), new byte[5]),
        TestRounds.append(7, 1, 1, 1),
        TestRounds.append(9, 1, 1, 1),
        TestRounds.destroy(9),
        TestRounds.vote(1, 2, 1),
        TestRounds.append(1, 3, 7, 7),
        TestRounds.append(1, 1, 6, 6),
        TestRounds.replace(1, 3, TestRounds.entries(1, 3, 3, 3)),
        TestRounds.replace(1, 4, TestRounds.entries(1, 3, 5, 5)),
        TestRounds.replace(1, 0, List.of(falling.get(0), falling.get(0))),
        TestRounds.startAt(1, 2, 4),
        TestRounds.startAt(1, 2, 6),
        TestRounds.startAt(1, 1, 2),
        TestRounds.reset(1, 4, 3, List.of()),
        TestRounds.reset(1, 4, 9, TestRounds.entries(1, 4, 9, 9)),
        TestRounds.reset(1, 4, 9, TestRounds.entries(1, 3, 10, 10)));
  }

  private static void fill(LogStore store) {
    store.write(new WriteRound(1, List.of(TestRounds.create(1), TestRounds.create(9)), true));
    GroupWrite group =
        new GroupWrite(1, null, false, new HardState(4, 2), 0, TestRounds.entries(1, 2, 1, 5), 3);
    store.write(new WriteRound(2, List.of(group, TestRounds.destroy(9)), true));
  }

  private static void assertRefused(LogStore store, Class<? extends Throwable> error, int turn) {
    fill(store);
    String before = PlainLogs.fingerprintOf(store);
    WriteRound bad = new WriteRound(3, List.of(forbidden().get(turn)), true);
    assertThatThrownBy(() -> store.write(bad)).as("turn %s", turn).isInstanceOf(error);
    assertThat(PlainLogs.fingerprintOf(store)).isEqualTo(before);
    WriteRound good = new WriteRound(3, List.of(TestRounds.append(1, 2, 6, 6)), true);
    assertThatThrownBy(() -> store.write(good)).isInstanceOf(StoreException.class);
  }

  @Test
  void bothRefuseTheSameAndStopThere() {
    for (int turn = 0; turn < forbidden().size(); turn++) {
      try (LogStore real = real("refused" + turn).open()) {
        assertRefused(real, IllegalStateException.class, turn);
      }
      assertRefused(SimUnderTest.of(turn).open(), ContractBroken.class, turn);
    }
  }
}
