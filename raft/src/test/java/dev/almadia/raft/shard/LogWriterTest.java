// SPDX-License-Identifier: Apache-2.0
package dev.almadia.raft.shard;

import static org.assertj.core.api.Assertions.assertThat;

import dev.almadia.raft.core.config.GroupConfig;
import dev.almadia.raft.store.GroupWrite;
import dev.almadia.raft.store.NewReplica;
import dev.almadia.raft.testing.Entries;
import dev.almadia.raft.testing.MemoryLogStore;
import dev.almadia.raft.testing.VirtualTime;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class LogWriterTest {
  private final MemoryLogStore store = new MemoryLogStore();
  private final List<String> heard = new ArrayList<>();
  private final LogWriter writer =
      new LogWriter(
          store,
          new VirtualTime(1),
          (agent, cause) -> heard.add(agent + ": " + cause.getMessage()),
          () -> heard.add("wake"));

  @Test
  void writesTheRoundsOfAllShardsAtOnceAndWakesOnce() {
    writer.submit(round(1, true, "one"));
    writer.submit(round(2, true, "two"));
    assertThat(heard).containsExactly("wake");

    assertThat(writer.doWork()).isEqualTo(2);

    assertThat(store.writes()).isEqualTo(1);
    assertThat(heard).containsExactly("wake", "one", "two");
    assertThat(writer.doWork()).isZero();
  }

  @Test
  void syncsIfAnyOfThemNeedsIt() {
    writer.submit(round(1, true, "created"));
    writer.doWork();

    writer.submit(append(1, 1, false));
    writer.doWork();
    assertThat(store.syncs()).as("unsynced only").isEqualTo(1);

    writer.submit(append(1, 2, false));
    writer.submit(round(2, true, "other"));
    writer.doWork();
    assertThat(store.syncs()).isEqualTo(2);
    assertThat(writer.stats().rounds()).isEqualTo(3);
    assertThat(writer.stats().groupWrites()).isEqualTo(4);
  }

  @Test
  void afterAFailureNothingIsCompletedEverAgain() {
    writer.submit(round(1, true, "one"));
    store.failWrites();

    assertThat(writer.doWork()).isZero();

    assertThat(heard).containsExactly("wake", "log-writer: the disk refuses");
    store.forgiveWrites();
    writer.submit(round(2, true, "two"));
    assertThat(writer.doWork()).isZero();
    assertThat(store.writes()).isZero();
    assertThat(heard).doesNotContain("one", "two");
  }

  private LogWriter.ShardRound round(long groupId, boolean synced, String name) {
    NewReplica replica = new NewReplica(1, GroupConfig.ofVoters(List.of(1)));
    GroupWrite write = new GroupWrite(groupId, replica, false, null, 0, List.of(), 0);
    return new LogWriter.ShardRound(List.of(write), synced, () -> heard.add(name));
  }

  private LogWriter.ShardRound append(long groupId, long index, boolean synced) {
    GroupWrite write =
        new GroupWrite(groupId, null, false, null, 0, Entries.entries(groupId, 1, index, index), 0);
    return new LogWriter.ShardRound(List.of(write), synced, () -> heard.add("appended"));
  }
}
