// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.server.data;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import dev.almadia.broker.core.record.CodecSet;
import dev.almadia.broker.core.record.RecordRanges;
import dev.almadia.broker.core.record.StoredBatches;
import dev.almadia.broker.server.BrokerContext;
import dev.almadia.codec.CodecException;
import dev.almadia.raft.core.Entry;
import dev.almadia.raft.core.EntryKind;
import dev.almadia.raft.shard.GroupView;
import dev.almadia.raft.store.StoreException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads the committed prefix of a partition that has a replica here: entries still in memory first,
 * else the store. Whatever asks the store blocks, and is for the read pool; {@link #tryCached} does
 * not. Offsets are turned into indexes by the remembered cursor or by the store's search.
 */
final class LogReader {
  /** Entries fetched at once by a scan that looks into them, in bytes. */
  private static final long SCAN_BYTES = 1 << 20;

  private final BrokerContext broker;
  private final ReadCursors cursors = new ReadCursors();

  LogReader(BrokerContext broker) {
    this.broker = broker;
  }

  /**
   * What to read.
   *
   * @param offset first record wanted
   * @param recordsMax most records, at least 1
   * @param bytesMax most bytes of stored batches; at least one record is given
   * @param codecs what may be given compressed; all else is inflated
   */
  record Wanted(long offset, long recordsMax, long bytesMax, CodecSet codecs) {}

  /**
   * What was read.
   *
   * @param batches serialized stored batches
   * @param nextOffset where to read on
   * @param bytes of batches
   */
  record Chunk(List<ByteString> batches, long nextOffset, long bytes) {}

  /** Reads from memory; null if that is not possible without the store. Any thread. */
  @Nullable Chunk tryCached(GroupView view, Wanted wanted) {
    long index = cursors.indexOf(view.groupId(), wanted.offset());
    if (index == 0) {
      return null;
    }
    Collector collector = new Collector(view, wanted, false);
    while (!collector.full && index <= view.commitIndex()) {
      List<Entry> entries = broker.groups().cached(view.groupId(), index, collector.bytesLeft());
      if (entries.isEmpty()) {
        break;
      }
      index = collector.addAll(entries, index);
    }
    return collector.batches.isEmpty() ? null : finish(collector, index);
  }

  /**
   * Reads. Read pool only.
   *
   * @param wanted from the log start to below the high watermark
   * @throws StoreException CORRUPT, IO, or NOT_FOUND if the log start has passed the offset
   */
  Chunk read(GroupView view, Wanted wanted) {
    long index = indexOf(view, wanted.offset());
    Collector collector = new Collector(view, wanted, true);
    while (!collector.full && index <= view.commitIndex()) {
      List<Entry> entries = entries(view, index, collector.bytesLeft());
      index = collector.addAll(entries, index);
    }
    checkStart(view.groupId(), wanted.offset());
    return finish(collector, index);
  }

  /**
   * Offset of the first record at or after a time, the high watermark if there is none. Read pool
   * only.
   *
   * @throws StoreException CORRUPT, IO, or NOT_FOUND if the log start moved meanwhile
   */
  long offsetOfTime(GroupView view, long timestampMs) {
    long index = broker.store().indexOfTimestamp(view.groupId(), timestampMs);
    if (index == 0) {
      // The store may be behind what is committed: entries that other brokers hold durably.
      index = Math.max(view.firstIndex(), view.durableIndex() + 1);
    }
    while (index <= view.commitIndex()) {
      for (Entry entry : entries(view, index, SCAN_BYTES)) {
        if (entry.index() > view.commitIndex()) {
          break;
        }
        if (entry.kind() == EntryKind.DATA && entry.header().maxTimestampMs() >= timestampMs) {
          StoredBatches.Stored batch = plain(StoredBatches.read(entry.payload()));
          int number =
              RecordRanges.firstAtOrAfter(batch.records(), timestampMs, batch.appendTimeMs());
          if (number < batch.count()) {
            return Math.max(view.logStartOffset(), batch.firstOffset() + number);
          }
        }
        index = entry.index() + 1;
      }
    }
    return view.highWatermark();
  }

  private static StoredBatches.Stored plain(StoredBatches.Stored batch) {
    try {
      return batch.plain();
    } catch (CodecException e) {
      throw new StoreException(
          StoreException.Reason.CORRUPT,
          "the batch at offset " + batch.firstOffset() + " cannot be inflated: " + e.problem());
    }
  }

  /**
   * The log may have been cut since the view was taken: then the store finds the offset in the
   * first entry left, and the reader would miss the records before it without a word. A view with
   * the new start is out before the store is cut.
   */
  private void checkStart(long groupId, long offset) {
    GroupView now = broker.groups().view(groupId);
    if (now == null || now.logStartOffset() > offset) {
      throw new StoreException(
          StoreException.Reason.NOT_FOUND, "group " + groupId + " starts behind " + offset);
    }
  }

  private Chunk finish(Collector collector, long nextIndex) {
    long next = collector.nextOffset;
    cursors.remember(collector.view.groupId(), next, nextIndex);
    return new Chunk(collector.batches, next, collector.bytes);
  }

  private long indexOf(GroupView view, long offset) {
    long known = cursors.indexOf(view.groupId(), offset);
    if (known >= view.firstIndex()) {
      return known;
    }
    long found = broker.store().indexOfOffset(view.groupId(), offset);
    // 0: the entry is committed and not on this disk yet, so it is behind what is durable here.
    return found == 0 ? Math.max(view.firstIndex(), view.durableIndex() + 1) : found;
  }

  /** Entries from an index that is committed; at least one. */
  private List<Entry> entries(GroupView view, long index, long bytesMax) {
    List<Entry> cached = broker.groups().cached(view.groupId(), index, bytesMax);
    return cached.isEmpty()
        ? broker.store().read(view.groupId(), index, view.commitIndex(), bytesMax)
        : cached;
  }

  /** Takes entries until the reader has enough. */
  private static final class Collector {
    private final GroupView view;
    private final Wanted wanted;
    private final boolean mayInflate;
    private final List<ByteString> batches = new ArrayList<>();
    private long nextOffset;
    private long bytes;
    private long records;
    private boolean full;

    /**
     * Takes nothing yet.
     *
     * @param mayInflate else it is full before a batch that would have to be
     */
    private Collector(GroupView view, Wanted wanted, boolean mayInflate) {
      this.view = view;
      this.wanted = wanted;
      this.mayInflate = mayInflate;
      this.nextOffset = wanted.offset();
    }

    private long bytesLeft() {
      return Math.max(1, wanted.bytesMax() - bytes);
    }

    /** Returns the index at which to go on; that of the last entry if part of it is left. */
    private long addAll(List<Entry> entries, long from) {
      long index = from;
      for (Entry entry : entries) {
        index = entry.index();
        if (index > view.commitIndex() || full) {
          return index;
        }
        if (entry.kind() == EntryKind.DATA && entry.nextOffset() > nextOffset) {
          add(entry);
          if (nextOffset < entry.nextOffset()) {
            full = true;
            return index;
          }
        }
        index++;
      }
      return index;
    }

    private void add(Entry entry) {
      byte[] payload = entry.payload();
      StoredBatches.Stored stored = StoredBatches.read(payload);
      int payloadBytes = StoredBatches.publicBytes(payload, stored);
      boolean first = batches.isEmpty();
      long recordsLeft = wanted.recordsMax() - records;
      if (recordsLeft <= 0 || (!first && bytes + payloadBytes > wanted.bytesMax())) {
        full = true;
        return;
      }
      boolean accepted = wanted.codecs().accepts(stored) && isWanted(stored, recordsLeft);
      long sentBytes = accepted ? payloadBytes : StoredBatches.plainBytesMax(stored);
      if (!accepted && (!mayInflate || (!first && bytes + sentBytes > wanted.bytesMax()))) {
        full = true;
        return;
      }
      if (!accepted) {
        stored = plain(stored);
      }
      long recordBytesMax =
          sentBytes <= wanted.bytesMax()
              ? Long.MAX_VALUE
              : wanted.bytesMax() - StoredBatches.OVERHEAD_BYTES_MAX;
      StoredBatches.Stored part =
          StoredBatches.slice(stored, nextOffset, recordsLeft, recordBytesMax);
      ByteString out =
          accepted && part.count() == stored.count()
              ? UnsafeByteOperations.unsafeWrap(payload, 0, payloadBytes)
              : UnsafeByteOperations.unsafeWrap(StoredBatches.write(part));
      batches.add(out);
      bytes += out.size();
      records += part.count();
      nextOffset = part.nextOffset();
      full = records >= wanted.recordsMax() || bytes >= wanted.bytesMax();
    }

    /** Only as a whole it can be given compressed: a reader gets what it asked for, no more. */
    private boolean isWanted(StoredBatches.Stored stored, long recordsLeft) {
      return !stored.compressed()
          || (stored.firstOffset() == nextOffset && stored.count() <= recordsLeft);
    }
  }
}
