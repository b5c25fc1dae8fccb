// SPDX-License-Identifier: Apache-2.0
package dev.almadia.raft.shard;

import java.util.ArrayList;
import java.util.List;

/** What a shard counts. Shard thread only; {@link ShardStats} is the copy for others. */
final class ShardCounters {
  private static final int BUCKETS = 26;
  private static final long NANOS_PER_MICRO = 1000;

  private final long[] commitBuckets = new long[BUCKETS];
  private final WindowMax turnNanos = new WindowMax();
  private final WindowMax commitNanos = new WindowMax();
  private long turns;
  private long commits;
  private long commitNanosSum;

  void turn(long nanos) {
    turns++;
    turnNanos.add(nanos);
  }

  void commit(long nanos) {
    commits++;
    commitNanosSum += nanos;
    commitNanos.add(nanos);
    int bucket = Long.SIZE - Long.numberOfLeadingZeros(nanos / NANOS_PER_MICRO);
    commitBuckets[Math.min(bucket, BUCKETS - 1)]++;
  }

  ShardStats snapshot(RaftShard shard, ShardContext context, TickClock clock) {
    List<Long> buckets = new ArrayList<>(BUCKETS);
    for (long count : commitBuckets) {
      buckets.add(count);
    }
    return new ShardStats(
        shard.number(),
        shard.groupCount(),
        context.ledGroups,
        turns,
        turnNanos.max(context.turnNanos),
        context.mailbox.depth(),
        context.mailbox.droppedMessages(),
        context.mailbox.refusedRequests(),
        context.outboxes.droppedMessages(),
        context.outboxes.sentFrames(),
        context.rounds.rounds(),
        context.rounds.entries(),
        context.rounds.bytes(),
        clock.lateTicks(),
        clock.stalls(),
        commits,
        commitNanosSum,
        commitNanos.max(context.turnNanos),
        buckets);
  }
}
