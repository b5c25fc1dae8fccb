// SPDX-License-Identifier: Apache-2.0
package dev.almadia.storage;

import dev.almadia.raft.core.Entry;
import dev.almadia.raft.core.EntryHeader;
import dev.almadia.raft.store.LogStore;
import dev.almadia.raft.store.RestoredGroup;
import dev.almadia.raft.store.StoreException;
import dev.almadia.raft.store.StoreException.Reason;
import dev.almadia.raft.store.StoreSpace;
import dev.almadia.raft.store.WriteRound;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.rocksdb.RocksDBException;
import org.rocksdb.WriteOptions;

/**
 * The logs of all groups of a broker in one RocksDB.
 *
 * <p>A round is one write batch over four families: {@code log} has whole entries, {@code headers}
 * the same entries without payload, {@code meta} what a group must never forget, {@code state} what
 * its state machine made of the entries up to one of them. All share one write-ahead log, so a
 * round is there as a whole or not at all, and one sync makes it durable for every group in it.
 * Beside it stands the {@link SyncedMark}, and before RocksDB is opened {@link Recovery} has looked
 * at the write-ahead log.
 *
 * <p>Readers take the bounds of a group from memory and the rows from RocksDB, which are not one
 * snapshot: while a round that removes rows is being written, a reader may find fewer rows than its
 * bounds say. So a reader that found damage looks again while no such round is written, and only
 * then believes it. Readers never wait for rounds that only append.
 *
 * <p>{@link #write} is for the log writer thread; everything else for any thread.
 */
public final class RocksLogStore implements LogStore {
  /** A mark at least this often, so that big rounds do not leave much behind it either. */
  private static final long MARK_BYTES = 16L << 20;

  private static final long DIGEST_STEP_BYTES = 4 << 20;

  private final DataDirectory directory;
  private final boolean ownsDirectory;
  private final StoreOptions options;
  private final RocksFiles files;
  private final SyncedMark mark;
  private final EntryReader reader;
  private final StoreCounters counters = new StoreCounters();
  private final Map<Long, GroupState> states = new ConcurrentHashMap<>();
  private final Map<Long, String> damages = new ConcurrentHashMap<>();
  private final WriteOptions synced = new WriteOptions().setSync(true);
  private final WriteOptions unsynced = new WriteOptions().setSync(false);
  private final RoundBatch batch;
  private final FreedRows freed;

  /** Held for reading by everyone inside, for writing by close. */
  private final ReentrantReadWriteLock lifecycle = new ReentrantReadWriteLock();

  /** Held for writing while a round that removes rows is written and its bounds are published. */
  private final ReentrantReadWriteLock cuts = new ReentrantReadWriteLock();

  /** Set by RocksDB's callback on the log writer thread, inside a write. */
  private final WalSwitch walSwitch;

  private long lastRound;
  private long syncedRound;
  private long unmarkedBytes;
  private boolean closed;
  private @Nullable Throwable failure;

  private RocksLogStore(
      DataDirectory directory,
      boolean ownsDirectory,
      StoreOptions options,
      Recovery.Opened opened) {
    this.directory = directory;
    this.ownsDirectory = ownsDirectory;
    this.options = options;
    this.files = opened.files();
    this.mark = opened.mark();
    this.walSwitch = opened.walSwitch();
    this.lastRound = opened.lastRound();
    this.syncedRound = opened.lastRound();
    this.reader = new EntryReader(files);
    this.batch = new RoundBatch(files, states, damages);
    this.freed = new FreedRows(files);
  }

  /**
   * Opens the store of a directory, and makes it if the directory is new. The caller closes the
   * store first and then the directory.
   *
   * @throws StoreException CORRUPT, WRONG_DIRECTORY or IO, with one line for people
   */
  public static RocksLogStore open(DataDirectory directory, StoreOptions options) {
    return open(directory, false, options);
  }

  /**
   * Opens the store of a directory whoever's it is, and lock both, for tools and tests.
   *
   * @throws StoreException LOCKED, CORRUPT, WRONG_DIRECTORY or IO
   */
  public static RocksLogStore open(Path dir, StoreOptions options) {
    return open(dir, options, CrashPoints.NONE);
  }

  /** The same for tests that end the process in the middle. */
  static RocksLogStore open(Path dir, StoreOptions options, CrashPoints points) {
    DataDirectory directory = DataDirectory.openAny(dir, points);
    try {
      return open(directory, true, options);
    } catch (RuntimeException e) {
      directory.close();
      throw e;
    }
  }

  private static RocksLogStore open(
      DataDirectory directory, boolean ownsDirectory, StoreOptions options) {
    Recovery.Opened opened = Recovery.open(directory, options);
    RocksLogStore store = null;
    try {
      store = new RocksLogStore(directory, ownsDirectory, options, opened);
      Restorer restorer = new Restorer(store.files);
      restorer.load();
      store.states.putAll(restorer.states());
      store.damages.putAll(restorer.damages());
      // So that the write-ahead log in use is never without a round that the mark knows of.
      store.write(new WriteRound(0, List.of(), true));
      store.advanceMark();
      if (!directory.isReady()) {
        directory.setReady();
      }
      return store;
    } catch (IOException e) {
      opened.close();
      throw new StoreException(Reason.IO, "cannot write " + directory.path() + ": " + e, e);
    } catch (RuntimeException e) {
      opened.close();
      throw e;
    }
  }

  @Override
  public void write(WriteRound round) {
    lifecycle.readLock().lock();
    try {
      checkOpen();
      if (failure != null) {
        throw new StoreException(
            Reason.IO, "an earlier write failed (" + failure.getMessage() + ")", failure);
      }
      writeRound(round);
    } catch (RocksDBException e) {
      failure = e;
      throw StoreErrors.of(e, "round " + (lastRound + 1) + " failed, its fate is unknown");
    } catch (IOException e) {
      failure = e;
      throw new StoreException(Reason.IO, "cannot write the synced mark: " + e, e);
    } catch (RuntimeException | Error e) {
      failure = failure == null ? e : failure;
      throw e;
    } finally {
      lifecycle.readLock().unlock();
    }
  }

  private void writeRound(WriteRound round) throws RocksDBException, IOException {
    long startNanos = System.nanoTime();
    batch.fill(
        round, new RoundStamp(Recovery.incarnationOf(directory), lastRound + 1, syncedRound));
    if (batch.cuts()) {
      cuts.writeLock().lock();
    }
    DurableStep step = stepOf(round);
    try {
      directory.points().before(step);
      files.db().write(round.sync() ? synced : unsynced, batch.batch());
      directory.points().after(step);
      states.putAll(batch.changed());
      damages.keySet().removeAll(batch.changed().keySet());
    } finally {
      if (batch.cuts()) {
        cuts.writeLock().unlock();
      }
    }
    lastRound++;
    freed.add(batch.freed());
    unmarkedBytes += batch.bytes();
    counters.onRound(batch.entries(), batch.bytes(), round.sync(), System.nanoTime() - startNanos);
    if (round.sync()) {
      syncedRound = lastRound;
      freed.removeFiles(states);
      if (isMarkDue()) {
        advanceMark();
      }
    }
  }

  private DurableStep stepOf(WriteRound round) {
    if (batch.cuts()) {
      return DurableStep.ROUND_CUT;
    }
    return round.sync() ? DurableStep.ROUND_SYNC : DurableStep.ROUND_WRITE;
  }

  /**
   * After the first synced round of a new write-ahead log a mark is due at once: a loss of that
   * whole file is then seen.
   */
  private boolean isMarkDue() {
    return walSwitch.isSet()
        || unmarkedBytes >= MARK_BYTES
        || syncedRound - mark.round() >= options.markRounds();
  }

  private void advanceMark() throws IOException {
    walSwitch.clear();
    unmarkedBytes = 0;
    mark.advance(syncedRound);
    counters.onMark();
  }

  @Override
  public List<RestoredGroup> restore() {
    return inside(
        () -> {
          Restorer restorer = new Restorer(files);
          restorer.load();
          List<RestoredGroup> groups = restorer.restore();
          damages.putAll(restorer.damages());
          return groups;
        });
  }

  @Override
  public List<Entry> read(long groupId, long fromIndex, long toIndex, long maxBytes) {
    return reading(
        groupId,
        state -> {
          checkHolds(groupId, state, fromIndex);
          long last = Math.min(toIndex, state.lastIndex());
          if (last < fromIndex) {
            throw new IllegalArgumentException("read from " + fromIndex + " to " + toIndex);
          }
          List<Entry> entries = reader.read(groupId, fromIndex, last, maxBytes);
          long bytes = 0;
          for (Entry entry : entries) {
            bytes += entry.header().payloadBytes();
          }
          counters.onRead(entries.size(), bytes);
          return entries;
        });
  }

  @Override
  public EntryHeader header(long groupId, long index) {
    return reading(
        groupId,
        state -> {
          checkHolds(groupId, state, index);
          try (HeaderTable headers = new HeaderTable(files, groupId)) {
            return headers.get(index);
          }
        });
  }

  @Override
  public long indexOfOffset(long groupId, long offset) {
    return reading(
        groupId,
        state -> {
          if (state.lastNextOffset() <= offset) {
            return 0L;
          }
          try (HeaderTable headers = new HeaderTable(files, groupId)) {
            return headers.firstIndex(
                state.firstIndex(), state.lastIndex(), header -> header.nextOffset() > offset);
          }
        });
  }

  @Override
  public long indexOfTimestamp(long groupId, long timestampMs) {
    return reading(
        groupId,
        state -> {
          try (HeaderTable headers = new HeaderTable(files, groupId)) {
            return headers.firstIndex(
                state.firstIndex(),
                state.lastIndex(),
                header -> header.maxTimestampMs() >= timestampMs);
          }
        });
  }

  @Override
  public byte[] digest(long groupId, long fromIndex, long toIndex) {
    LogDigest digest = new LogDigest();
    long index = fromIndex;
    while (index <= toIndex) {
      // In steps, so that memory and the time inside the locks stay bounded.
      List<Entry> entries = read(groupId, index, toIndex, DIGEST_STEP_BYTES);
      entries.forEach(digest::add);
      index += entries.size();
    }
    return digest.value();
  }

  private static void checkHolds(long groupId, GroupState state, long index) {
    if (!state.holds(index)) {
      throw new StoreException(
          Reason.NOT_FOUND,
          ("group " + groupId + " holds " + state.firstIndex() + " to " + state.lastIndex())
              + (", not " + index));
    }
  }

  private <T> T reading(long groupId, Function<GroupState, T> body) {
    return inside(
        () -> {
          try {
            return body.apply(stateOf(groupId));
          } catch (StoreException e) {
            if (e.reason() != Reason.CORRUPT) {
              throw e;
            }
          }
          cuts.readLock().lock();
          try {
            return body.apply(stateOf(groupId));
          } catch (StoreException e) {
            if (e.reason() == Reason.CORRUPT) {
              counters.onCorruptRead();
            }
            throw e;
          } finally {
            cuts.readLock().unlock();
          }
        });
  }

  private GroupState stateOf(long groupId) {
    String damage = damages.get(groupId);
    if (damage != null) {
      throw new StoreException(Reason.CORRUPT, "group " + groupId + " is damaged: " + damage);
    }
    GroupState state = states.get(groupId);
    if (state == null || state.meta().destroyed()) {
      throw new StoreException(Reason.NOT_FOUND, "group " + groupId + " is not here");
    }
    return state;
  }

  private <T> T inside(java.util.function.Supplier<T> body) {
    lifecycle.readLock().lock();
    try {
      checkOpen();
      return body.get();
    } finally {
      lifecycle.readLock().unlock();
    }
  }

  private void checkOpen() {
    if (closed) {
      throw new IllegalStateException("the store is closed");
    }
  }

  @Override
  public long freeBytes() {
    try {
      return Files.getFileStore(directory.path()).getUsableSpace();
    } catch (IOException e) {
      throw new StoreException(Reason.IO, "cannot ask " + directory.path() + ": " + e, e);
    }
  }

  @Override
  public StoreSpace space() {
    try {
      long deviceBytes = Files.getFileStore(directory.path()).getTotalSpace();
      return new StoreSpace(freeBytes(), deviceBytes, inside(() -> LogSpace.ofAll(files)));
    } catch (IOException e) {
      throw new StoreException(Reason.IO, "cannot ask " + directory.path() + ": " + e, e);
    }
  }

  @Override
  public long logBytes(long groupId) {
    return inside(() -> LogSpace.ofGroup(files, groupId));
  }

  /** What it has done, for metrics. */
  public StoreCounters counters() {
    return counters;
  }

  /** For tests that harm it. */
  RocksFiles files() {
    return files;
  }

  /** Number of the last round, counted over the whole life of the directory. Writer thread. */
  long lastRound() {
    return lastRound;
  }

  /**
   * Waits for the calls inside, syncs what was not, and closes. After a failed write nothing more
   * is written.
   */
  @Override
  public void close() {
    lifecycle.writeLock().lock();
    try {
      if (closed) {
        return;
      }
      closed = true;
      if (failure == null) {
        directory.points().before(DurableStep.CLOSE_SYNC);
        files.db().syncWal();
        directory.points().after(DurableStep.CLOSE_SYNC);
        syncedRound = lastRound;
        advanceMark();
      }
    } catch (RocksDBException e) {
      throw StoreErrors.of(e, "cannot sync at the end");
    } catch (IOException e) {
      throw new StoreException(Reason.IO, "cannot write the synced mark: " + e, e);
    } finally {
      closeAll();
      lifecycle.writeLock().unlock();
    }
  }

  private void closeAll() {
    batch.close();
    synced.close();
    unsynced.close();
    files.close();
    mark.close();
    if (ownsDirectory) {
      directory.close();
    }
  }
}
