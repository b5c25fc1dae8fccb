// SPDX-License-Identifier: Apache-2.0
package dev.almadia.raft.store;

import dev.almadia.raft.core.Entry;
import dev.almadia.raft.core.EntryHeader;
import java.util.List;

/**
 * Keeps the logs and hard states of all groups of a broker.
 *
 * <p>Contract. (1) {@link #write} is atomic: after a crash a round is there as a whole or not at
 * all, and never without the rounds before it. (2) When a round with {@code sync} returned, it and
 * all rounds before it survive power loss. A round without survives the end of the process. (3)
 * What is read was checked against its checksum, or {@code CORRUPT} is thrown; damage is never
 * reported as absence. (4) Reads see a round once write returned, and never a part of it. (5) After
 * write threw, every later write throws.
 *
 * <p>{@link #write} is called by one thread (the log writer) at a time; all reads by any thread, at
 * the same time as writes.
 */
public interface LogStore extends AutoCloseable {
  /**
   * Writes a round.
   *
   * @throws StoreException the round's fate is unknown, and the process has to stop
   */
  void write(WriteRound round);

  /** All groups on disk, also damaged ones; called once at the start. */
  List<RestoredGroup> restore();

  /**
   * Entries {@code fromIndex} to at most {@code toIndex} (inclusive), consecutive, at least one, as
   * many as fit into {@code maxBytes} of {@link Entry#costBytes}.
   *
   * @throws StoreException NOT_FOUND if fromIndex is not in the log; CORRUPT if an entry is damaged
   */
  List<Entry> read(long groupId, long fromIndex, long toIndex, long maxBytes);

  /**
   * The entry's header, without reading its payload.
   *
   * @throws StoreException NOT_FOUND, CORRUPT
   */
  EntryHeader header(long groupId, long index);

  /**
   * Index of the entry that holds this record offset: the first whose nextOffset is above it.
   *
   * @return 0 if the log ends before it
   */
  long indexOfOffset(long groupId, long offset);

  /**
   * Index of the first entry whose highest timestamp is at or above this time; its records hold the
   * first record at or after it.
   *
   * @return 0 if there is none
   */
  long indexOfTimestamp(long groupId, long timestampMs);

  /**
   * Hash over headers and payloads of entries {@code fromIndex} to {@code toIndex} (inclusive),
   * each checked. Equal logs have equal digests on every broker.
   *
   * @return SHA-256
   * @throws StoreException NOT_FOUND, CORRUPT
   */
  byte[] digest(long groupId, long fromIndex, long toIndex);

  /** Bytes that the device has free for this store. */
  long freeBytes();

  /** Room on the device. May ask the operating system, but reads no log. */
  default StoreSpace space() {
    return new StoreSpace(freeBytes(), 0, 0);
  }

  /**
   * Bytes that a group's log takes, about, without reading it. Rough for logs that are small or
   * were written in the last moments, good for those that take long to copy.
   *
   * @return 0 if the group is not here, or if that is not known
   */
  default long logBytes(long groupId) {
    return 0;
  }

  /** Ends all reads and closes the files; nothing may be called afterwards. */
  @Override
  void close();
}
