// SPDX-License-Identifier: Apache-2.0
package dev.almadia.benchmarks;

import dev.almadia.raft.core.Entry;
import dev.almadia.raft.core.EntryDraft;
import dev.almadia.raft.core.EntryId;
import dev.almadia.raft.core.EntryKind;
import dev.almadia.raft.core.HardState;
import dev.almadia.raft.core.config.GroupConfig;
import dev.almadia.raft.store.GroupWrite;
import dev.almadia.raft.store.NewReplica;
import dev.almadia.raft.store.WriteRound;
import dev.almadia.storage.RocksLogStore;
import dev.almadia.storage.StoreOptions;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;

/**
 * Synced append of the log store beside a plain file that gets the same bytes and as many syncs,
 * turn by turn in one process, because the disks of shared machines change their pace within
 * seconds. Then reads, and how long a start with many groups takes. Not JMH: a sync is far above
 * its resolution, and the turns are the point. {@code LogStoreBenchmark [DIRECTORY
 * [RECYCLED_WAL_FILES]]}.
 */
public final class LogStoreBenchmark {
  /** Short turns: the pace of a shared disk changes within a second. */
  private static final int TURN_ROUNDS = 10;

  private static final int[][] SHAPES = {
    {1 << 10, 1}, {1 << 10, 64}, {16 << 10, 8}, {128 << 10, 8}, {1 << 20, 1}
  };
  private static final long GROUP = 1;

  private final Path directory;
  private final StoreOptions options;
  private final Random random = new Random(1);

  private LogStoreBenchmark(Path directory, StoreOptions options) {
    this.directory = directory;
    this.options = options;
  }

  /** Optional directory, on the disk that is to be measured. */
  public static void main(String[] args) throws IOException {
    Path parent = Path.of(args.length > 0 ? args[0] : "target");
    int recycled = args.length > 1 ? Integer.parseInt(args[1]) : 0;
    Files.createDirectories(parent);
    Path directory = Files.createTempDirectory(parent, "log-store-benchmark");
    try {
      LogStoreBenchmark benchmark =
          new LogStoreBenchmark(directory, StoreOptions.defaults().withRecycledWalFiles(recycled));
      benchmark.appends();
      benchmark.reads();
      benchmark.start();
    } finally {
      delete(directory);
    }
  }

  private void appends() throws IOException {
    System.out.println(
        "shape          store MB/s  p50 µs  p99 µs   file MB/s  p50 µs  p99 µs   ratio  of p50");
    for (int[] shape : SHAPES) {
      int payloadBytes = shape[0];
      int count = shape[1];
      long roundBytes = (long) payloadBytes * count;
      int turns = (int) Math.max(20, Math.min(200, (256L << 20) / roundBytes / TURN_ROUNDS));
      long[] storeNanos = new long[turns * TURN_ROUNDS];
      long[] fileNanos = new long[turns * TURN_ROUNDS];
      Path storeDirectory = directory.resolve("store" + payloadBytes + "x" + count);
      Path file = directory.resolve("file" + payloadBytes + "x" + count);
      try (RocksLogStore store = RocksLogStore.open(storeDirectory, options);
          FileChannel plain =
              FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
        store.write(create(GROUP));
        long next = 1;
        // Turns below 0 warm up.
        for (int turn = -5; turn < turns; turn++) {
          int slot = Math.max(turn, 0) * TURN_ROUNDS;
          for (int round = 0; round < TURN_ROUNDS; round++) {
            storeNanos[slot + round] = append(store, entries(GROUP, next, count, payloadBytes));
            next += count;
          }
          for (int round = 0; round < TURN_ROUNDS; round++) {
            fileNanos[slot + round] = append(plain, entries(GROUP, 1, count, payloadBytes));
          }
        }
      }
      print(payloadBytes, count, storeNanos, fileNanos);
      delete(storeDirectory);
      Files.delete(file);
    }
  }

  private static long append(RocksLogStore store, List<Entry> entries) {
    WriteRound round =
        new WriteRound(0, List.of(new GroupWrite(GROUP, null, false, null, 0, entries, 0)), true);
    long start = System.nanoTime();
    store.write(round);
    return System.nanoTime() - start;
  }

  private static long append(FileChannel plain, List<Entry> entries) throws IOException {
    int bytes = 0;
    for (Entry entry : entries) {
      bytes += entry.payload().length;
    }
    ByteBuffer buffer = buffer(bytes);
    long start = System.nanoTime();
    buffer.clear();
    for (Entry entry : entries) {
      buffer.put(entry.payload());
    }
    buffer.flip();
    while (buffer.hasRemaining()) {
      int unused = plain.write(buffer);
    }
    plain.force(false);
    return System.nanoTime() - start;
  }

  private static ByteBuffer kept = ByteBuffer.allocateDirect(0);

  private static ByteBuffer buffer(int bytes) {
    if (kept.capacity() < bytes) {
      kept = ByteBuffer.allocateDirect(bytes);
    }
    return kept;
  }

  private static void print(int payloadBytes, int count, long[] store, long[] file) {
    double storeRate = rate(payloadBytes, count, store);
    double fileRate = rate(payloadBytes, count, file);
    System.out.printf(
        "%7d B × %-3d  %9.1f  %6d  %6d  %10.1f  %6d  %6d   %5.2f   %5.2f%n",
        payloadBytes,
        count,
        storeRate,
        quantile(store, 0.5),
        quantile(store, 0.99),
        fileRate,
        quantile(file, 0.5),
        quantile(file, 0.99),
        storeRate / fileRate,
        (double) quantile(file, 0.5) / quantile(store, 0.5));
  }

  private static double rate(int payloadBytes, int count, long[] nanos) {
    double bytes = (double) payloadBytes * count * nanos.length;
    return bytes / (1 << 20) / (Arrays.stream(nanos).sum() / 1e9);
  }

  private static long quantile(long[] nanos, double part) {
    long[] sorted = nanos.clone();
    Arrays.sort(sorted);
    return sorted[(int) (part * (sorted.length - 1))] / 1000;
  }

  private void reads() throws IOException {
    System.out.println("read 1 MiB from a random place, 64 groups, 256 MiB");
    for (int payloadBytes : new int[] {1 << 10, 16 << 10, 128 << 10}) {
      Path storeDirectory = directory.resolve("read" + payloadBytes);
      int perGroup = (4 << 20) / payloadBytes;
      try (RocksLogStore store = RocksLogStore.open(storeDirectory, options)) {
        fill(store, perGroup, payloadBytes);
        for (int turn = 0; turn < 2; turn++) {
          long bytes = 0;
          long cpu = cpuNanos();
          long start = System.nanoTime();
          for (int i = 0; i < 1000; i++) {
            long from = 1L + random.nextInt(perGroup - perGroup / 4);
            for (Entry entry : store.read(1L + random.nextInt(64), from, perGroup, 1 << 20)) {
              bytes += entry.payload().length;
            }
          }
          double megabytes = bytes / (double) (1 << 20);
          System.out.printf(
              "  %7d B  %6.0f MB/s  %.2f CPU ms/MB%s%n",
              payloadBytes,
              megabytes / ((System.nanoTime() - start) / 1e9),
              (cpuNanos() - cpu) / 1e6 / megabytes,
              turn == 0 ? " (first turn)" : "");
        }
      }
      delete(storeDirectory);
    }
  }

  private void fill(RocksLogStore store, int perGroup, int payloadBytes) {
    for (long group = 1; group <= 64; group++) {
      store.write(create(group));
    }
    int step = Math.max(1, (16 << 10) / payloadBytes);
    for (int from = 1; from <= perGroup; from += step) {
      List<GroupWrite> writes = new ArrayList<>();
      for (long group = 1; group <= 64; group++) {
        List<Entry> entries =
            entries(group, from, Math.min(step, perGroup - from + 1), payloadBytes);
        writes.add(new GroupWrite(group, null, false, null, 0, entries, 0));
      }
      store.write(new WriteRound(0, writes, false));
    }
  }

  private void start() throws IOException {
    Path storeDirectory = directory.resolve("start");
    try (RocksLogStore store = RocksLogStore.open(storeDirectory, options)) {
      for (long group = 1; group <= 500; group++) {
        store.write(create(group));
        List<Entry> entries = entries(group, 1, 1000, 200);
        store.write(
            new WriteRound(
                0, List.of(new GroupWrite(group, null, false, null, 0, entries, 995)), false));
      }
    }
    for (int turn = 0; turn < 3; turn++) {
      long start = System.nanoTime();
      try (RocksLogStore store = RocksLogStore.open(storeDirectory, options)) {
        long opened = System.nanoTime();
        int groups = store.restore().size();
        System.out.printf(
            "start with %d groups of 1,000 entries: open %d ms, restore %d ms%n",
            groups, (opened - start) / 1_000_000, (System.nanoTime() - opened) / 1_000_000);
      }
    }
  }

  private static WriteRound create(long group) {
    return new WriteRound(
        0,
        List.of(
            new GroupWrite(
                group,
                new NewReplica(1, GroupConfig.ofVoters(List.of(1, 2, 3))),
                false,
                new HardState(1, 1),
                0,
                List.of(),
                0)),
        true);
  }

  private List<Entry> entries(long group, long from, int count, int payloadBytes) {
    List<Entry> entries = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      byte[] payload = new byte[payloadBytes];
      random.nextBytes(payload);
      entries.add(
          Entry.seal(
              group,
              new EntryId(1, from + i),
              new EntryDraft(EntryKind.DATA, from + i, from + i, payload)));
    }
    return entries;
  }

  private static long cpuNanos() {
    return ManagementFactory.getOperatingSystemMXBean()
            instanceof com.sun.management.OperatingSystemMXBean system
        ? system.getProcessCpuTime()
        : 0;
  }

  private static void delete(Path tree) throws IOException {
    try (Stream<Path> all = Files.walk(tree)) {
      for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(path);
      }
    }
  }
}
