// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.core.recordid;

import java.util.Arrays;

/**
 * Which records of a batch are there already. Immutable.
 *
 * <p>For each record: where its original is, {@link #NEW} if it has none, or that it is the same as
 * an earlier one of the batch, which is new itself.
 */
public final class Originals {
  /** The record is to be appended. */
  static final long NEW = Long.MIN_VALUE;

  private final long[] places;
  private final int newCount;

  /**
   * Of a batch.
   *
   * @param places for each record the offset of its original, NEW, or {@code -1 - n} if it is the
   *     same as the record of number n; not to be changed any more
   */
  Originals(long[] places) {
    this.places = places;
    this.newCount = (int) Arrays.stream(places).filter(place -> place == NEW).count();
  }

  /** Number of records of the batch. */
  public int recordCount() {
    return places.length;
  }

  /** Number of records that are not there. */
  public int newCount() {
    return newCount;
  }

  /** Whether a record is not there. */
  public boolean isNew(int record) {
    return places[record] == NEW;
  }

  /** Numbers of the records that are not there, ascending. */
  public int[] newRecords() {
    int[] records = new int[newCount];
    int at = 0;
    for (int record = 0; record < places.length; record++) {
      if (isNew(record)) {
        records[at++] = record;
      }
    }
    return records;
  }

  /** Of a batch of which every record is new. */
  public static Originals none(int recordCount) {
    long[] places = new long[recordCount];
    Arrays.fill(places, NEW);
    return new Originals(places);
  }

  /**
   * What is known of the batch when more becomes known of its new records.
   *
   * @param ofNew of a batch of these records
   */
  public Originals with(Originals ofNew) {
    if (ofNew.places.length != newCount) {
      throw new IllegalArgumentException(ofNew.places.length + " records of " + newCount);
    }
    int[] records = newRecords();
    long[] all = places.clone();
    for (int i = 0; i < records.length; i++) {
      long place = ofNew.places[i];
      boolean isRepeat = place < 0 && place != NEW;
      all[records[i]] = isRepeat ? -1L - records[(int) (-1 - place)] : place;
    }
    return new Originals(all);
  }

  /**
   * The offset of each record once the new ones are in the log.
   *
   * @param offsets of the new records, in order
   */
  public long[] offsets(long[] offsets) {
    long[] all = new long[places.length];
    int at = 0;
    for (int record = 0; record < places.length; record++) {
      long place = places[record];
      if (place == NEW) {
        all[record] = offsets[at++];
      } else {
        all[record] = place < 0 ? all[(int) (-1 - place)] : place;
      }
    }
    return all;
  }
}
