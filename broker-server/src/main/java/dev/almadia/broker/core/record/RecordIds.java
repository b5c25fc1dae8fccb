// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.core.record;

import java.util.Arrays;
import java.util.List;

/**
 * The ids of the records of a batch, as digests of 16 bytes. Immutable; the arrays are never given
 * away.
 */
public final class RecordIds {
  /** Longest id, in bytes. */
  public static final int ID_BYTES_MAX = 128;

  private static final int[] NO_REPEATS = {};

  /** Nobody looked for ids, because the topic remembered none when the batch was checked. */
  public static final RecordIds NOT_READ =
      new RecordIds(false, new int[0], new long[0], NO_REPEATS);

  /** No record has one. */
  public static final RecordIds NONE = new RecordIds(true, new int[0], new long[0], NO_REPEATS);

  private final boolean isRead;
  private final int[] positions;
  private final long[] digests;

  /** Per id the number of the first one that is the same; empty if all of them differ. */
  private final int[] firsts;

  private RecordIds(boolean isRead, int[] positions, long[] digests, int[] firsts) {
    this.isRead = isRead;
    this.positions = positions;
    this.digests = digests;
    this.firsts = firsts;
  }

  /**
   * Ids of records.
   *
   * @param positions numbers of the records in the batch, ascending; not to be changed any more
   * @param digests two numbers for each; not to be changed any more
   */
  public static RecordIds of(int[] positions, long[] digests) {
    if (digests.length != 2 * positions.length) {
      throw new IllegalArgumentException(
          positions.length + " records with " + digests.length + " halves of digests");
    }
    return positions.length == 0 ? NONE : new RecordIds(true, positions, digests, firsts(digests));
  }

  /** As {@link #of}, of a batch that is in the log: nobody asks which of them are the same. */
  public static RecordIds stored(int[] positions, long[] digests) {
    return positions.length == 0 ? NONE : new RecordIds(true, positions, digests, NO_REPEATS);
  }

  /**
   * Ids of batches that are put together.
   *
   * @param counts how many records each batch has
   */
  public static RecordIds join(List<RecordIds> parts, int[] counts) {
    int size = 0;
    for (RecordIds part : parts) {
      if (!part.isRead()) {
        return NOT_READ;
      }
      size += part.size();
    }
    int[] positions = new int[size];
    long[] digests = new long[2 * size];
    int at = 0;
    int before = 0;
    for (int i = 0; i < counts.length; i++) {
      RecordIds part = parts.get(i);
      for (int id = 0; id < part.size(); id++) {
        positions[at + id] = before + part.positions[id];
      }
      System.arraycopy(part.digests, 0, digests, 2 * at, part.digests.length);
      at += part.size();
      before += counts[i];
    }
    return of(positions, digests);
  }

  /** Ids of the records from a number on, which become the first ones. */
  RecordIds from(int record) {
    int gone = 0;
    while (gone < positions.length && positions[gone] < record) {
      gone++;
    }
    if (record == 0 || !isRead) {
      return this;
    }
    int[] left = new int[positions.length - gone];
    for (int id = 0; id < left.length; id++) {
      left[id] = positions[gone + id] - record;
    }
    return of(left, Arrays.copyOfRange(digests, 2 * gone, digests.length));
  }

  private static int[] firsts(long[] digests) {
    int ids = digests.length / 2;
    if (ids < 2) {
      return NO_REPEATS;
    }
    int mask = Integer.highestOneBit(ids) * 4 - 1;
    int[] table = new int[mask + 1];
    int[] firsts = new int[ids];
    boolean some = false;
    for (int i = 0; i < ids; i++) {
      int slot = (int) digests[2 * i + 1] & mask;
      while (table[slot] != 0 && !isSame(digests, table[slot] - 1, i)) {
        slot = (slot + 1) & mask;
      }
      if (table[slot] == 0) {
        table[slot] = i + 1;
      }
      firsts[i] = table[slot] - 1;
      some |= firsts[i] != i;
    }
    return some ? firsts : NO_REPEATS;
  }

  private static boolean isSame(long[] digests, int a, int b) {
    return digests[2 * a] == digests[2 * b] && digests[2 * a + 1] == digests[2 * b + 1];
  }

  /** False if nobody looked for ids. */
  public boolean isRead() {
    return isRead;
  }

  /** Number of records that have an id. */
  public int size() {
    return positions.length;
  }

  /** Number, in the batch, of the record with this id. */
  public int position(int id) {
    return positions[id];
  }

  /** First half of a digest. */
  public long high(int id) {
    return digests[2 * id];
  }

  /** Second half of a digest. */
  public long low(int id) {
    return digests[2 * id + 1];
  }

  /** Which one of the batch's ids is the first that is the same; this one if none is before it. */
  public int firstOf(int id) {
    return firsts.length == 0 ? id : firsts[id];
  }

  /** Whether every record of a batch of so many has one. */
  public boolean areAll(int recordCount) {
    return positions.length == recordCount;
  }

  /** As they are in the log, but for those that are only {@link #NOT_READ}. */
  @Override
  public boolean equals(Object other) {
    return other instanceof RecordIds ids
        && isRead == ids.isRead
        && Arrays.equals(positions, ids.positions)
        && Arrays.equals(digests, ids.digests);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(digests);
  }

  @Override
  public String toString() {
    return !isRead ? "ids not read" : positions.length + " ids " + hashCode();
  }
}
