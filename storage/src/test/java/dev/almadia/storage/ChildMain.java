// SPDX-License-Identifier: Apache-2.0
package dev.almadia.storage;

import dev.almadia.raft.core.Entry;
import dev.almadia.raft.store.GroupWrite;
import dev.almadia.raft.store.RestoredGroup;
import dev.almadia.raft.store.StoreException;
import dev.almadia.raft.store.WriteRound;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** What a {@link Child} does. */
final class ChildMain {
  static final int GROUPS = 4;

  private ChildMain() {}

  /** Role and directory. */
  public static void main(String[] args) throws Exception {
    Path directory = Path.of(args[1]);
    switch (args[0]) {
      case "hold" -> hold(directory);
      case "write" -> write(directory);
      case "fail" -> writeUntilItFails(directory);
      default -> throw new IllegalArgumentException(args[0]);
    }
  }

  private static void hold(Path directory) throws Exception {
    try (DataDirectory held = DataDirectory.openAny(directory)) {
      System.out.println("held");
      System.out.flush();
      // Until it is killed.
      int unused = System.in.read();
      System.out.println(held.path());
    }
  }

  /** Rounds over some groups, most of them synced; says "ACK group last" once one is durable. */
  private static void write(Path directory) {
    RocksLogStore store =
        RocksLogStore.open(directory, StoreOptions.small().withMemtableBytes(1 << 20));
    long[] last = new long[GROUPS];
    boolean[] exists = new boolean[GROUPS];
    for (RestoredGroup group : store.restore()) {
      int at = (int) group.groupId();
      exists[at] = true;
      last[at] = lastIndex(group);
    }
    Random random = new Random(last[0] + 31 * last[1]);
    for (; ; ) {
      List<GroupWrite> writes = new ArrayList<>();
      for (int group = 0; group < GROUPS; group++) {
        if (!exists[group]) {
          writes.add(TestLog.create(group));
          exists[group] = true;
        } else if (random.nextBoolean()) {
          int count = 1 + random.nextInt(3);
          int payloadBytes = random.nextInt(10) == 0 ? 60_000 : 700;
          List<Entry> entries =
              TestLog.entries(group, 1, last[group] + 1, last[group] + count, payloadBytes);
          writes.add(TestLog.append(group, entries, last[group]));
          last[group] += count;
        }
      }
      boolean sync = random.nextInt(4) != 0;
      store.write(new WriteRound(0, writes, sync));
      if (sync) {
        StringBuilder ack = new StringBuilder("ACK");
        for (long index : last) {
          ack.append(' ').append(index);
        }
        System.out.println(ack);
        System.out.flush();
      }
    }
  }

  static long lastIndex(RestoredGroup group) {
    if (group.damage() != null || group.log() == null) {
      throw new IllegalStateException("group " + group.groupId() + ": " + group.damage());
    }
    return group.log().commitIndex() + group.log().tail().size();
  }

  /** Writes until the file system refuses, then tries again; says what happened. */
  private static void writeUntilItFails(Path directory) {
    RocksLogStore store = RocksLogStore.open(directory, StoreOptions.defaults());
    store.write(TestLog.synced(TestLog.create(1)));
    long index = 0;
    try {
      for (; ; ) {
        List<Entry> entries = TestLog.entries(1, 1, index + 1, index + 1, 1 << 20);
        store.write(TestLog.synced(TestLog.append(1, entries)));
        index++;
      }
    } catch (StoreException e) {
      System.out.println("failed " + e.reason() + " after " + index);
    }
    for (int attempt = 0; attempt < 3; attempt++) {
      try {
        store.write(TestLog.synced(TestLog.create(2 + attempt)));
        System.out.println("written");
      } catch (StoreException e) {
        System.out.println("refused " + e.reason());
      }
    }
    System.out.println("reads " + store.read(1, index, index, 1).size());
    store.close();
    System.out.println("closed");
    System.out.flush();
  }
}
