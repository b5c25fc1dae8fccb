// SPDX-License-Identifier: Apache-2.0
package dev.almadia.storage;

import dev.almadia.storage.testing.Workload;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;

/**
 * A life of a directory in which every {@link DurableStep} happens: it is made over a start that
 * broke off, written, closed, torn, opened again and written on. Tells what it is about to do and
 * what it has done.
 */
final class CrashScript {
  static final StoreOptions OPTIONS =
      StoreOptions.small().withMemtableBytes(256 << 10).withMarkRounds(7);

  private static final int ROUNDS = 40;
  private static final String CLUSTER_ID = "c1";

  private final Path path;
  private final CrashPoints points;
  private final Consumer<String> told;
  private final Workload workload;
  private int round;

  CrashScript(Path path, CrashPoints points, long seed, Consumer<String> told) {
    this.path = path;
    this.points = points;
    this.told = told;
    this.workload = new Workload(seed);
  }

  /** A process of its own: directory, step, before or after, which time, seed. */
  public static void main(String[] args) throws IOException {
    DurableStep wanted = DurableStep.valueOf(args[1]);
    boolean wantedDone = args[2].equals("after");
    CrashPoints points =
        new CrashPoints() {
          private int left = Integer.parseInt(args[3]);

          @Override
          public synchronized void reached(DurableStep step, boolean done) {
            if (step == wanted && done == wantedDone && --left == 0) {
              // To be killed here. It cannot do it itself: Runtime.halt runs the exit handlers of
              // native code, and RocksDB's wait for its threads.
              tell(CrashRun.REACHED);
              for (; ; ) {
                LockSupport.park();
              }
            }
          }
        };
    long seed = Long.parseLong(args[4]);
    new CrashScript(Path.of(args[0]), points, seed, CrashScript::tell).run();
  }

  private static synchronized void tell(String line) {
    System.out.println(line);
    System.out.flush();
  }

  void run() throws IOException {
    try (DataDirectory directory = DataDirectory.openAny(path, points)) {
      told.accept("incarnation " + directory.incarnation());
      Path store = Files.createDirectories(directory.path().resolve("store"));
      Files.writeString(store.resolve("CURRENT"), "half");
    }
    try (DataDirectory directory = DataDirectory.openAny(path, points);
        RocksLogStore store = RocksLogStore.open(directory, OPTIONS)) {
      write(store);
      directory.setClusterId(CLUSTER_ID);
      told.accept("cluster " + CLUSTER_ID);
      write(store);
    }
    Files.write(new Image(path).wal(), new byte[] {1, 2, 3, 4, 5}, StandardOpenOption.APPEND);
    workload.restarted();
    try (DataDirectory directory = DataDirectory.openAny(path, points);
        RocksLogStore store = RocksLogStore.open(directory, OPTIONS)) {
      write(store);
    }
  }

  private void write(RocksLogStore store) {
    for (int i = 0; i < ROUNDS; i++) {
      told.accept("start " + ++round);
      store.write(workload.next());
      told.accept("done " + round);
    }
  }
}
