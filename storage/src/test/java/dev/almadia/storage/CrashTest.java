// SPDX-License-Identifier: Apache-2.0
package dev.almadia.storage;

import static org.assertj.core.api.Assertions.assertThat;

import dev.almadia.raft.store.RestoredGroup;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Processes that are killed while they write, and a file system that refuses to go on. */
class CrashTest {
  @TempDir Path temp;

  @Test
  void everyAcknowledgedRoundSurvivesKillNine() throws Exception {
    Path directory = temp.resolve("data");
    for (int cycle = 0; cycle < 4; cycle++) {
      killCycle(directory, 100 + 150 * cycle, new Random(cycle));
    }
  }

  /** Lets a child write, kills it after some acknowledgements, and checks them all. */
  static long killCycle(Path directory, int acks, Random random) throws IOException {
    long[] acked = new long[ChildMain.GROUPS];
    try (Child child = Child.start("write", directory)) {
      int wanted = 1 + random.nextInt(acks);
      String line = child.readLine();
      for (int count = 0; count < wanted && line != null; count++) {
        read(line, acked);
        line = child.readLine();
      }
      child.kill();
      // What it said before it died counts too.
      while (line != null && line.split(" ").length == 1 + ChildMain.GROUPS) {
        read(line, acked);
        line = child.readLine();
      }
    }
    long total = 0;
    try (RocksLogStore store = RocksLogStore.open(directory, StoreOptions.small())) {
      List<RestoredGroup> groups = store.restore();
      for (RestoredGroup group : groups) {
        long last = ChildMain.lastIndex(group);
        assertThat(last)
            .as("group %s", group.groupId())
            .isGreaterThanOrEqualTo(acked[(int) group.groupId()]);
        for (long index = 1; index <= last; index += 50) {
          for (var entry : store.read(group.groupId(), index, index + 49, Long.MAX_VALUE)) {
            var right =
                TestLog.entry(group.groupId(), 1, entry.index(), entry.header().payloadBytes());
            assertThat(entry.payload()).isEqualTo(right.payload());
          }
        }
        total += last;
      }
      assertThat(groups).hasSize(ChildMain.GROUPS);
    }
    return total;
  }

  private static void read(String line, long[] acked) {
    String[] parts = line.split(" ");
    assertThat(parts[0]).isEqualTo("ACK");
    for (int group = 0; group < acked.length; group++) {
      acked[group] = Long.parseLong(parts[1 + group]);
    }
  }

  @Test
  void afterAFailedWriteEveryLaterOneFails() throws Exception {
    Path directory = temp.resolve("data");
    List<String> lines = new ArrayList<>();
    // 64 MiB per file: more than the native library needs, less than the write-ahead log.
    List<String> limited = List.of("bash", "-c", "ulimit -f 65536; exec \"$@\"", "limited");
    try (Child child = Child.start(limited, "fail", directory)) {
      for (String line = child.readLine(); line != null; line = child.readLine()) {
        lines.add(line);
      }
    }
    assertThat(lines).hasSize(6);
    assertThat(lines.get(0)).startsWith("failed IO after ");
    assertThat(lines.subList(1, 4)).containsOnly("refused IO");
    assertThat(lines.subList(4, 6)).containsExactly("reads 1", "closed");

    long acked = Long.parseLong(lines.get(0).substring("failed IO after ".length()));
    try (RocksLogStore store = RocksLogStore.open(directory, StoreOptions.small())) {
      // What failed may be there or not; nothing else may.
      assertThat(acked).isGreaterThan(10);
      assertThat(ChildMain.lastIndex(store.restore().get(0))).isBetween(acked, acked + 1);
    }
  }
}
