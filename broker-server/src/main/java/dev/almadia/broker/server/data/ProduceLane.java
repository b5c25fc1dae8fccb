// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.server.data;

import dev.almadia.broker.core.producer.ProducerWrite;
import dev.almadia.broker.core.producer.Segment;
import dev.almadia.broker.core.producer.StreamNumbering;
import dev.almadia.broker.core.record.ByteSlice;
import dev.almadia.broker.core.record.ProducedBatch;
import dev.almadia.broker.core.record.RecordIds;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The parts of one ProduceStream that wait for one partition, in the order sent. One write is under
 * way at a time, so a write that has to be repeated (the leader moved) can never be overtaken by a
 * later one. What waits meanwhile goes out together, as one entry: the slower the partition, the
 * larger its entries, so that throughput does not hang on the time of a round. Compressed parts go
 * out alone, and so do those that expect an offset. Used within the stream's synchronization
 * context.
 */
final class ProduceLane {
  /** Most bytes put together; larger entries bring nothing (performance.md §3). */
  private static final int MERGED_BYTES_MAX = 1 << 20;

  /** Most parts put together: each has sequences of its own beside its records. */
  private static final int MERGED_PARTS_MAX = 512;

  /**
   * A part that waits.
   *
   * @param place place of the part in its batch
   * @param sequences of its records, null if the producer has no name
   * @param expectedNextOffset the offset that its first record must get, or {@link WriteTerms#ANY}
   */
  record Waiting(
      ProduceStreamSession.Batch of,
      int place,
      BatchParts.Part part,
      ProducerWrite.@Nullable Part sequences,
      long expectedNextOffset) {
    /** Sequences of its records, null if the producer has no name. */
    @Nullable Segment segment() {
      return sequences == null ? null : sequences.segment();
    }

    private boolean isAlone() {
      return part.batch().compressed() || expectedNextOffset != WriteTerms.ANY;
    }
  }

  /**
   * Parts that are written together.
   *
   * @param parts in order
   * @param batch their records in one
   */
  record Write(List<Waiting> parts, ProducedBatch batch) {
    /** The parts as their results are told. */
    List<AppliedParts.Batch> batches() {
      return parts.stream()
          .map(one -> new AppliedParts.Batch(one.part().batch().count(), one.segment()))
          .toList();
    }

    /** Sequences of the parts; none if the producer has no name. */
    List<ProducerWrite.Part> sequences() {
      List<ProducerWrite.Part> all = new ArrayList<>(parts.size());
      for (Waiting part : parts) {
        ProducerWrite.Part sequences = part.sequences();
        if (sequences != null) {
          all.add(sequences);
        }
      }
      return all;
    }

    /** On which terms they may be appended. */
    WriteTerms terms(@Nullable StreamNumbering numbering) {
      long expected = parts.get(0).expectedNextOffset();
      if (numbering == null) {
        return expected == WriteTerms.ANY ? WriteTerms.NONE : new WriteTerms(null, expected);
      }
      return new WriteTerms(numbering.write(sequences()), expected);
    }
  }

  private final Deque<Waiting> waiting = new ArrayDeque<>();
  private boolean underWay;

  /** Up to this batch, all parts go out alone. */
  private long aloneThrough = -1;

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
      Waiting next = waiting.element();
      int more = next.part().batch().records().length();
      alone = next.isAlone() || next.of().order() <= aloneThrough;
      boolean isFull = bytes + more > limit || parts.size() == MERGED_PARTS_MAX;
      if (!parts.isEmpty() && (alone || isFull)) {
        break;
      }
      bytes += more;
      parts.add(waiting.remove());
    }
    return new Write(parts, merged(parts, (int) bytes));
  }

  /**
   * Parts that were written together, and refused because of one of them, are to be written again
   * one by one: what becomes of the others is known only then.
   */
  void putBack(List<Waiting> parts) {
    for (int i = parts.size() - 1; i >= 0; i--) {
      waiting.addFirst(parts.get(i));
    }
    aloneThrough = parts.get(parts.size() - 1).of().order();
  }

  /** Gives up the parts of this and later batches; they have not been sent anywhere. */
  List<Waiting> dropFrom(long order) {
    List<Waiting> dropped = waiting.stream().filter(part -> part.of().order() >= order).toList();
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
    List<RecordIds> ids = new ArrayList<>(parts.size());
    for (Waiting waiting : parts) {
      ProducedBatch batch = waiting.part().batch();
      ByteSlice from = batch.records();
      System.arraycopy(from.array(), from.offset(), records, at, from.length());
      at += from.length();
      count += batch.count();
      highest = Math.max(highest, batch.highestTimestampMs());
      someWithout |= batch.someWithoutTimestamp();
      ids.add(batch.ids());
    }
    ByteSlice all = ByteSlice.of(records);
    int[] counts = parts.stream().mapToInt(waiting -> waiting.part().batch().count()).toArray();
    RecordIds joined = RecordIds.join(ids, counts);
    return new ProducedBatch(all, count, all.crc32c(), highest, someWithout, false, joined);
  }
}
