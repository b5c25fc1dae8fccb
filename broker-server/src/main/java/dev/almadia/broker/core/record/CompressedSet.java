// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.core.record;

import com.google.protobuf.UnsafeByteOperations;
import dev.almadia.codec.CodecException;
import dev.almadia.codec.Codecs;
import dev.almadia.v1.Codec;
import dev.almadia.v1.CompressedRecords;

/**
 * A serialized CompressedRecords, its data in place.
 *
 * @param codecNumber the codec as it is given; perhaps one that this version does not know
 * @param data the compressed form of a serialized RecordSet
 * @param count number of records, as declared
 * @param uncompressedBytes size before compression, as declared
 */
public record CompressedSet(int codecNumber, ByteSlice data, int count, long uncompressedBytes) {
  private static final int CODEC_TAG = WireCursor.tagOf(1, WireCursor.VARINT);
  private static final int DATA_TAG = WireCursor.tagOf(2, WireCursor.LENGTH);
  private static final int COUNT_TAG = WireCursor.tagOf(3, WireCursor.VARINT);
  private static final int BYTES_TAG = WireCursor.tagOf(4, WireCursor.VARINT);
  private static final int FIELDS = 4;

  /** What reading gave. */
  public sealed interface Reading {
    /** The message. */
    record Sound(CompressedSet set) implements Reading {}

    /** The bytes are no such message. */
    record Unsound(String problem) implements Reading {}
  }

  /** Reads the fields; as every parser does, the last one if a field is given twice. */
  public static Reading read(ByteSlice message) {
    WireCursor cursor = new WireCursor(message.array(), message.offset());
    int end = message.end();
    int codec = 0;
    ByteSlice data = ByteSlice.EMPTY;
    int count = 0;
    long bytes = 0;
    while (cursor.at() < end && !cursor.failed()) {
      int tag = cursor.tag(end);
      if (tag == CODEC_TAG) {
        codec = (int) cursor.varint(end);
      } else if (tag == DATA_TAG) {
        int length = cursor.length(end);
        data = new ByteSlice(message.array(), cursor.at(), length);
        cursor.moveTo(data.end());
      } else if (tag == COUNT_TAG) {
        count = (int) cursor.varint(end);
      } else if (tag == BYTES_TAG) {
        bytes = cursor.varint(end);
      } else if (!cursor.failed() && WireCursor.field(tag) <= FIELDS) {
        cursor.fail("field " + WireCursor.field(tag) + " has the wrong type");
      } else if (!cursor.failed()) {
        cursor.skip(tag, end);
      }
    }
    return cursor.failed()
        ? new Reading.Unsound(cursor.problem())
        : new Reading.Sound(new CompressedSet(codec, data, count, bytes));
  }

  /**
   * Reads what was checked before.
   *
   * @throws IllegalStateException if it is unsound
   */
  public static CompressedSet readChecked(ByteSlice message) {
    if (read(message) instanceof Reading.Sound sound) {
      return sound.set();
    }
    throw new IllegalStateException("a checked set of compressed records is unsound");
  }

  /** The codec; UNRECOGNIZED if this version does not know it. */
  public Codec codec() {
    Codec known = Codec.forNumber(codecNumber);
    return known == null ? Codec.UNRECOGNIZED : known;
  }

  /**
   * The serialized RecordSet; so many bytes as declared, which must have been checked, are taken
   * for it.
   *
   * @throws CodecException if the data is not that
   */
  public ByteSlice inflate() throws CodecException {
    return ByteSlice.of(
        Codecs.inflate(
            codec(),
            data.array(),
            data.offset(),
            data.length(),
            Math.toIntExact(uncompressedBytes)));
  }

  /** Compresses a serialized RecordSet; gives the serialized message. */
  public static ByteSlice compress(Codec codec, ByteSlice set, int count) {
    byte[] data = Codecs.compress(codec, set.array(), set.offset(), set.length());
    return ByteSlice.of(
        CompressedRecords.newBuilder()
            .setCodec(codec)
            .setData(UnsafeByteOperations.unsafeWrap(data))
            .setRecordCount(count)
            .setUncompressedBytes(set.length())
            .build()
            .toByteArray());
  }
}
