// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.server.data;

import dev.almadia.broker.core.record.ByteSlice;
import dev.almadia.broker.core.record.ProducedBatch;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/**
 * The parts of one ProduceStream that wait for one partition, in the order sent. One write is under
 * way at a time, so a write that has to be repeated (the leader moved) can never be overtaken by a
 * later one. What waits meanwhile goes out together, as one entry: the slower the partition, the
 * larger its entries, so that throughput does not hang on the time of a round. Compressed parts go
 * out alone. Used within the stream's synchronization context.
 */
final class ProduceLane {
  /** Most bytes put together; larger entries bring nothing (performance.md §3). */
  private static final int MERGED_BYTES_MAX = 1 << 20;

  /**
   * A part that waits.
   *
   * @param order number of its batch on the stream
   * @param place place of the part in its batch
   */
  record Waiting(ProduceStreamSession.Batch of, long order, int place, BatchParts.Part part) {}

  /**
   * Parts that are written together.
   *
   * @param parts in order
   * @param batch their records in one
   */
  record Write(List<Waiting> parts, ProducedBatch batch) {}

  private final Deque<Waiting> waiting = new ArrayDeque<>();
  private boolean underWay;

  void add(Waiting part) {
    waiting.add(part);
  }

  boolean mayStart() {
    return !underWay && !waiting.isEmpty();
  }

  void ended() {
    underWay = false;
  }

  /** Takes what goes out next. */
  Write start(long bytesMax) {
    underWay = true;
    List<Waiting> parts = new ArrayList<>();
    long limit = Math.min(bytesMax, MERGED_BYTES_MAX);
    long bytes = 0;
    boolean alone = false;
    while (!waiting.isEmpty() && !alone) {
      ProducedBatch next = waiting.element().part().batch();
      int more = next.records().length();
      if (!parts.isEmpty() && (next.compressed() || bytes + more > limit)) {
        break;
      }
      bytes += more;
      alone = next.compressed();
      parts.add(waiting.remove());
    }
    return new Write(parts, merged(parts, (int) bytes));
  }

  /** Gives up the parts of this and later batches; they have not been sent anywhere. */
  List<Waiting> dropFrom(long order) {
    List<Waiting> dropped = waiting.stream().filter(part -> part.order() >= order).toList();
    waiting.removeAll(dropped);
    return dropped;
  }

  private static ProducedBatch merged(List<Waiting> parts, int bytes) {
    if (parts.size() == 1) {
      return parts.get(0).part().batch();
    }
    byte[] records = new byte[bytes];
    int at = 0;
    int count = 0;
    long highest = Long.MIN_VALUE;
    boolean someWithout = false;
    for (Waiting waiting : parts) {
      ProducedBatch batch = waiting.part().batch();
      ByteSlice from = batch.records();
      System.arraycopy(from.array(), from.offset(), records, at, from.length());
      at += from.length();
      count += batch.count();
      highest = Math.max(highest, batch.highestTimestampMs());
      someWithout |= batch.someWithoutTimestamp();
    }
    ByteSlice all = ByteSlice.of(records);
    return new ProducedBatch(all, count, all.crc32c(), highest, someWithout, false);
  }
}
