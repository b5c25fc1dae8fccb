// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.core.record;

import dev.almadia.codec.CodecException;
import dev.almadia.v1.Codec;

/**
 * A batch that was checked and may be appended.
 *
 * @param records serialized RecordSet, or serialized CompressedRecords if compressed
 * @param count number of records, at least 1
 * @param crc32c checksum of records, or of the data of the compressed ones
 * @param highestTimestampMs highest timestamp given, Long.MIN_VALUE if none is
 * @param someWithoutTimestamp some record has none, so the append time counts for it
 * @param compressed records are CompressedRecords, as they came
 * @param ids of its records, or that nobody read them
 */
public record ProducedBatch(
    ByteSlice records,
    int count,
    int crc32c,
    long highestTimestampMs,
    boolean someWithoutTimestamp,
    boolean compressed,
    RecordIds ids) {

  /** Highest timestamp of its records when appended at this time. */
  public long highestTimestampMs(long appendTimeMs) {
    return someWithoutTimestamp ? Math.max(highestTimestampMs, appendTimeMs) : highestTimestampMs;
  }

  /**
   * A part of it, from {@link KeySplitter}; plain, and compressed anew with the same codec if this
   * is: the producer chose it, and the topic may demand it.
   */
  public ProducedBatch part(KeySplitter.Part part) {
    if (part.recordIndexes().length == count) {
      return this;
    }
    boolean readsIds = ids.isRead();
    if (!(RecordSetScanner.scan(part.bytes(), readsIds)
        instanceof RecordSetScanner.Scan.Sound sound)) {
      throw new IllegalStateException("a part of a sound set is unsound");
    }
    ByteSlice content = part.bytes();
    ByteSlice checked = content;
    if (compressed) {
      Codec codec = CompressedSet.readChecked(records).codec();
      content = CompressedSet.compress(codec, part.bytes(), sound.count());
      checked = CompressedSet.readChecked(content).data();
    }
    return new ProducedBatch(
        content,
        sound.count(),
        checked.crc32c(),
        sound.highestTimestampMs(),
        sound.someWithoutTimestamp(),
        compressed,
        sound.ids());
  }

  /**
   * Some of its records, compressed as they are.
   *
   * @param numbers which, ascending, at least one
   */
  public ProducedBatch only(int[] numbers) {
    return part(new KeySplitter.Part(0, RecordRanges.pick(plainRecords(), numbers), numbers));
  }

  /** The same with the ids of its records. */
  public ProducedBatch withIds() {
    if (ids.isRead()) {
      return this;
    }
    if (!(RecordSetScanner.scan(plainRecords(), true)
        instanceof RecordSetScanner.Scan.Sound sound)) {
      throw new IllegalStateException("a sound set is unsound");
    }
    return new ProducedBatch(
        records, count, crc32c, highestTimestampMs, someWithoutTimestamp, compressed, sound.ids());
  }

  /** Its records from number {@code first} on, of which there is at least one; it is plain. */
  public ProducedBatch from(int first) {
    if (compressed) {
      throw new IllegalStateException("compressed records are whole");
    }
    ByteSlice rest = RecordRanges.range(records, first, count, records.length()).bytes();
    if (!(RecordSetScanner.scan(rest) instanceof RecordSetScanner.Scan.Sound sound)) {
      throw new IllegalStateException("a part of a sound set is unsound");
    }
    return new ProducedBatch(
        rest,
        sound.count(),
        rest.crc32c(),
        sound.highestTimestampMs(),
        sound.someWithoutTimestamp(),
        false,
        ids.from(first));
  }

  /** Its records, a serialized RecordSet; inflated if it is compressed. */
  public ByteSlice plainRecords() {
    if (!compressed) {
      return records;
    }
    try {
      return CompressedSet.readChecked(records).inflate();
    } catch (CodecException e) {
      throw new IllegalStateException("a checked batch cannot be inflated", e);
    }
  }
}
