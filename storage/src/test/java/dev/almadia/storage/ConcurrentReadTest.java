// SPDX-License-Identifier: Apache-2.0
package dev.almadia.storage;

import static dev.almadia.storage.TestLog.append;
import static dev.almadia.storage.TestLog.create;
import static dev.almadia.storage.TestLog.entries;
import static dev.almadia.storage.TestLog.synced;
import static dev.almadia.storage.TestLog.unsynced;
import static org.assertj.core.api.Assertions.assertThat;

import dev.almadia.raft.core.Entry;
import dev.almadia.raft.store.GroupWrite;
import dev.almadia.raft.store.StoreException;
import dev.almadia.raft.store.StoreException.Reason;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Readers beside a writer that cuts and rewrites the tail. */
class ConcurrentReadTest {
  @TempDir Path temp;

  @Test
  void readersNeverTakeACutForDamageAndSeeWholeRounds() throws Exception {
    AtomicBoolean done = new AtomicBoolean();
    ExecutorService threads = Executors.newFixedThreadPool(3);
    try (RocksLogStore store = RocksLogStore.open(temp, StoreOptions.small())) {
      store.write(synced(create(1)));
      store.write(synced(append(1, entries(1, 1, 1, 100, 200), 50)));
      Callable<Long> reader = () -> readUntil(store, done);
      List<Future<Long>> readers = new ArrayList<>();
      for (int i = 0; i < 3; i++) {
        readers.add(threads.submit(reader));
      }
      for (long term = 2; term < 400; term++) {
        long last = 60 + term % 40;
        store.write(
            unsynced(new GroupWrite(1, null, false, null, 51, entries(1, term, 51, last, 200), 0)));
      }
      done.set(true);
      for (Future<Long> result : readers) {
        assertThat(result.get()).isPositive();
      }
      assertThat(store.counters().corruptReads()).isZero();
    } finally {
      threads.shutdownNow();
    }
  }

  private static long readUntil(RocksLogStore store, AtomicBoolean done) {
    long reads = 0;
    while (!done.get() || reads == 0) {
      List<Entry> entries = store.read(1, 45, 100, Long.MAX_VALUE);
      long terms = entries.stream().skip(6).mapToLong(Entry::term).distinct().count();
      assertThat(terms).as("entries of one round").isLessThanOrEqualTo(1);
      try {
        store.header(1, 55 + reads % 40);
        store.indexOfOffset(1, 80);
      } catch (StoreException e) {
        assertThat(e.reason()).isEqualTo(Reason.NOT_FOUND);
      }
      reads++;
    }
    return reads;
  }
}
