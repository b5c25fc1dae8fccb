// SPDX-License-Identifier: Apache-2.0
package dev.almadia.raft.shard;

import dev.almadia.raft.store.GroupWrite;
import dev.almadia.raft.store.LogStore;
import dev.almadia.raft.store.WriteRound;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;

/**
 * Writes the rounds of all shards of a broker to the one store: whatever lies there becomes one
 * write and one sync. Writer thread only, but for {@link #submit} and {@link #stats}.
 *
 * <p>The queue needs no bound of its own: a shard gives a round only when its last one came back.
 *
 * <p>After a write failed nobody knows what is on the disk, so no completion is ever posted again:
 * without completions nothing is acknowledged to anybody, and the process stops (bug classes 1 and
 * 37).
 */
public final class LogWriter implements RaftAgent {
  /** Its name as an agent. */
  static final String NAME = "log-writer";

  /** How long it pauses at most; it is woken for work. */
  private static final long IDLE_NANOS = 1_000_000_000L;

  /**
   * A round of one shard.
   *
   * @param completed run when it is written; posts to the shard
   */
  record ShardRound(List<GroupWrite> writes, boolean synced, Runnable completed) {}

  /**
   * What the writer has done so far.
   *
   * @param rounds writes to the store
   * @param syncedRounds those of them with sync
   * @param groupWrites groups in them, each time counted
   * @param writeNanosMax longest write
   * @param writeNanosSum all writes together
   */
  public record WriterStats(
      long rounds, long syncedRounds, long groupWrites, long writeNanosMax, long writeNanosSum) {}

  private final LogStore store;
  private final ShardEnvironment environment;
  private final FatalHandler fatalHandler;
  private final AgentSignal signal;
  private final ConcurrentLinkedQueue<ShardRound> submitted = new ConcurrentLinkedQueue<>();
  private long lastNumber;
  private boolean failed;

  /** Published after each write by the writer, read by any thread. */
  private volatile WriterStats stats = new WriterStats(0, 0, 0, 0, 0);

  LogWriter(LogStore store, ShardEnvironment environment, FatalHandler fatalHandler, Waker waker) {
    this.store = store;
    this.environment = environment;
    this.fatalHandler = fatalHandler;
    this.signal = new AgentSignal(waker);
  }

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public long idleNanos() {
    return IDLE_NANOS;
  }

  /** Shard threads. */
  void submit(ShardRound round) {
    submitted.add(round);
    signal.raise();
  }

  /** What the writer has done so far. Any thread. */
  public WriterStats stats() {
    return stats;
  }

  @Override
  public int doWork() {
    signal.lower();
    if (failed) {
      return 0;
    }
    List<ShardRound> rounds = new ArrayList<>();
    List<GroupWrite> writes = new ArrayList<>();
    boolean synced = false;
    for (ShardRound round = submitted.poll(); round != null; round = submitted.poll()) {
      rounds.add(round);
      writes.addAll(round.writes());
      synced |= round.synced();
    }
    if (rounds.isEmpty()) {
      return 0;
    }
    long startNanos = environment.nanoTime();
    try {
      store.write(new WriteRound(++lastNumber, writes, synced));
    } catch (RuntimeException | Error e) {
      // Mostly a StoreException; anything else is no less final: what is on the disk is unknown.
      fail(e);
      return 0;
    }
    count(writes.size(), synced, TickClock.elapsedNanos(startNanos, environment.nanoTime()));
    for (ShardRound round : rounds) {
      round.completed().run();
    }
    return writes.size();
  }

  private void fail(Throwable cause) {
    failed = true;
    fatalHandler.onFatal(name(), cause);
  }

  private void count(int groups, boolean synced, long nanos) {
    WriterStats before = stats;
    stats =
        new WriterStats(
            before.rounds() + 1,
            before.syncedRounds() + (synced ? 1 : 0),
            before.groupWrites() + groups,
            Math.max(before.writeNanosMax(), nanos),
            before.writeNanosSum() + nanos);
  }
}
