// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.core.record;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Splits a scanned set into parts by key, for requests that name no partition. The order of records
 * in each part is that of the set, and equal keys land in one part. Records without a key go by
 * their id, so that one that is sent again finds its original.
 */
public final class KeySplitter {
  /**
   * Records for one partition.
   *
   * @param partition its number
   * @param bytes the records, a serialized RecordSet
   * @param recordIndexes their numbers in the set, ascending
   */
  @SuppressWarnings("ArrayRecordComponent") // equality of parts is never asked for
  public record Part(int partition, ByteSlice bytes, int[] recordIndexes) {}

  private KeySplitter() {}

  /**
   * The parts, ascending by partition.
   *
   * @param count number of records in the set
   * @param partitions number of partitions of the topic
   * @param keyless partition for records with neither key nor id
   */
  public static List<Part> split(ByteSlice set, int count, int partitions, int keyless) {
    int[] target = new int[count];
    int[] ends = new int[count];
    int[] recordsPer = new int[partitions];
    int[] bytesPer = new int[partitions];
    WireCursor cursor = new WireCursor(set.array(), set.offset());
    for (int i = 0; i < count; i++) {
      int start = cursor.at();
      int end = RecordRanges.enterRecord(cursor, set.end());
      target[i] = partitionOf(cursor, set.array(), end, partitions, keyless);
      ends[i] = end;
      recordsPer[target[i]]++;
      bytesPer[target[i]] += end - start;
      cursor.moveTo(end);
    }
    return copyParts(set, target, ends, recordsPer, bytesPer);
  }

  private static List<Part> copyParts(
      ByteSlice set, int[] target, int[] ends, int[] recordsPer, int[] bytesPer) {
    List<Part> parts = new ArrayList<>();
    int[] placeOf = new int[recordsPer.length];
    for (int partition = 0; partition < recordsPer.length; partition++) {
      if (recordsPer[partition] > 0) {
        placeOf[partition] = parts.size();
        ByteSlice bytes = ByteSlice.of(new byte[bytesPer[partition]]);
        parts.add(new Part(partition, bytes, new int[recordsPer[partition]]));
      }
    }
    Arrays.fill(recordsPer, 0);
    Arrays.fill(bytesPer, 0);
    int start = set.offset();
    for (int i = 0; i < target.length; i++) {
      int partition = target[i];
      Part part = parts.get(placeOf[partition]);
      int length = ends[i] - start;
      System.arraycopy(set.array(), start, part.bytes().array(), bytesPer[partition], length);
      part.recordIndexes()[recordsPer[partition]++] = i;
      bytesPer[partition] += length;
      start = ends[i];
    }
    return parts;
  }

  /** By the last key field of the record, and the last id: those are what a parser keeps. */
  private static int partitionOf(
      WireCursor cursor, byte[] array, int end, int partitions, int keyless) {
    int byKey = -1;
    int byId = keyless;
    while (cursor.at() < end) {
      int tag = cursor.tag(end);
      if (tag == RecordSetScanner.KEY_TAG || tag == RecordSetScanner.RECORD_ID_TAG) {
        int length = cursor.length(end);
        if (tag == RecordSetScanner.KEY_TAG) {
          byKey = Murmur2.partition(array, cursor.at(), length, partitions);
        } else {
          byId = length == 0 ? keyless : Murmur2.partition(array, cursor.at(), length, partitions);
        }
        cursor.moveTo(cursor.at() + length);
      } else {
        cursor.skip(tag, end);
      }
      RecordRanges.checkSound(cursor);
    }
    return byKey >= 0 ? byKey : byId;
  }
}
