// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.core.record;

import dev.almadia.codec.CodecException;

/**
 * The payload of a partition's data entry: a serialized almadia.v1.StoredBatch, written by hand so
 * that the records are copied once, from the request into the entry, and read without touching
 * them. Byte for byte what protobuf would write.
 */
public final class StoredBatches {
  private static final int FIRST_OFFSET_TAG = WireCursor.tagOf(1, WireCursor.VARINT);
  private static final int APPEND_TIME_TAG = WireCursor.tagOf(2, WireCursor.VARINT);
  private static final int TERM_TAG = WireCursor.tagOf(3, WireCursor.VARINT);
  private static final int RECORDS_TAG = WireCursor.tagOf(4, WireCursor.LENGTH);
  private static final int COMPRESSED_TAG = WireCursor.tagOf(5, WireCursor.LENGTH);
  private static final int CRC_TAG = WireCursor.tagOf(6, WireCursor.FIXED32);
  private static final int COUNT_TAG = WireCursor.tagOf(7, WireCursor.VARINT);
  private static final int PRODUCER_TAG = WireCursor.tagOf(9, WireCursor.LENGTH);

  private static final int RECORD_IDS_TAG = WireCursor.tagOf(10, WireCursor.LENGTH);

  private StoredBatches() {}

  /** Most bytes that a stored batch has beside its records, its producer and its record ids. */
  public static final int OVERHEAD_BYTES_MAX = 64;

  /**
   * A stored batch, its records in place.
   *
   * @param firstOffset offset of the first record
   * @param appendTimeMs when it was appended, milliseconds since 1970
   * @param term term of the leader that appended it
   * @param records serialized RecordSet, or serialized CompressedRecords if compressed
   * @param crc32c checksum of records, or of the data of the compressed ones
   * @param count number of records
   * @param compressed records are CompressedRecords
   * @param producer serialized ProducerStamp, empty if the producer has no id
   * @param recordIds serialized RecordIdStamp, empty if the topic remembers no ids; what nobody but
   *     brokers reads
   */
  public record Stored(
      long firstOffset,
      long appendTimeMs,
      long term,
      ByteSlice records,
      int crc32c,
      int count,
      boolean compressed,
      ByteSlice producer,
      ByteSlice recordIds) {
    /** Offset after the last record. */
    public long nextOffset() {
      return firstOffset + count;
    }

    /** The same with its records inflated. */
    public Stored plain() throws CodecException {
      if (!compressed) {
        return this;
      }
      ByteSlice set = CompressedSet.readChecked(records).inflate();
      return new Stored(
          firstOffset,
          appendTimeMs,
          term,
          set,
          set.crc32c(),
          count,
          false,
          producer,
          ByteSlice.EMPTY);
    }
  }

  /**
   * How much of a stored batch readers get: the record ids stand behind all else, and would make
   * messages too large that are small enough for readers.
   */
  public static int publicBytes(byte[] payload, Stored batch) {
    int idBytes = batch.recordIds().length();
    if (idBytes == 0) {
      return payload.length;
    }
    int start = batch.recordIds().offset() - Writer.varintBytes(idBytes) - 1;
    if (batch.recordIds().end() != payload.length || payload[start] != (byte) RECORD_IDS_TAG) {
      throw new IllegalStateException("a stored batch does not end with its record ids");
    }
    return start;
  }

  /** Most bytes that a compressed batch has when it is inflated and stored plain. */
  public static long plainBytesMax(Stored batch) {
    return CompressedSet.readChecked(batch.records()).uncompressedBytes() + OVERHEAD_BYTES_MAX;
  }

  /** Serializes a batch. */
  public static byte[] write(Stored batch) {
    int stampBytes = batch.producer().length() + batch.recordIds().length();
    Writer sizer = new Writer(new byte[OVERHEAD_BYTES_MAX + stampBytes]);
    writeHead(sizer, batch);
    int headBytes = sizer.at;
    writeTail(sizer, batch);
    Writer writer = new Writer(new byte[sizer.at + batch.records().length()]);
    System.arraycopy(sizer.out, 0, writer.out, 0, headBytes);
    ByteSlice records = batch.records();
    System.arraycopy(records.array(), records.offset(), writer.out, headBytes, records.length());
    writer.at = headBytes + records.length();
    System.arraycopy(sizer.out, headBytes, writer.out, writer.at, sizer.at - headBytes);
    return writer.out;
  }

  private static void writeHead(Writer out, Stored batch) {
    out.number(FIRST_OFFSET_TAG, batch.firstOffset());
    out.number(APPEND_TIME_TAG, batch.appendTimeMs());
    out.number(TERM_TAG, batch.term());
    out.varint(batch.compressed() ? COMPRESSED_TAG : RECORDS_TAG);
    out.varint(batch.records().length());
  }

  private static void writeTail(Writer out, Stored batch) {
    if (batch.crc32c() != 0) {
      out.varint(CRC_TAG);
      out.fixed32(batch.crc32c());
    }
    out.number(COUNT_TAG, batch.count());
    out.bytes(PRODUCER_TAG, batch.producer());
    out.bytes(RECORD_IDS_TAG, batch.recordIds());
  }

  /**
   * Whether a stored batch says something of its producer or its record ids. Asked of every batch
   * that is committed, so it looks at nothing else.
   */
  // hot path
  public static boolean isStamped(byte[] payload) {
    WireCursor cursor = new WireCursor(payload, 0);
    while (cursor.at() < payload.length) {
      int tag = cursor.tag(payload.length);
      if (tag == PRODUCER_TAG || tag == RECORD_IDS_TAG) {
        return true;
      }
      cursor.skip(tag, payload.length);
      RecordRanges.checkSound(cursor);
    }
    return false;
  }

  /**
   * Reads the fields around the records.
   *
   * @throws IllegalStateException if the bytes are no stored batch: they passed their checksum, so
   *     the broker that made them had a defect or was of a newer version
   */
  public static Stored read(byte[] payload) {
    WireCursor cursor = new WireCursor(payload, 0);
    long firstOffset = 0;
    long appendTimeMs = 0;
    long term = 0;
    ByteSlice records = ByteSlice.EMPTY;
    int crc32c = 0;
    int count = 0;
    boolean compressed = false;
    ByteSlice producer = ByteSlice.EMPTY;
    ByteSlice recordIds = ByteSlice.EMPTY;
    while (cursor.at() < payload.length) {
      int tag = cursor.tag(payload.length);
      if (tag == FIRST_OFFSET_TAG) {
        firstOffset = cursor.varint(payload.length);
      } else if (tag == APPEND_TIME_TAG) {
        appendTimeMs = cursor.varint(payload.length);
      } else if (tag == TERM_TAG) {
        term = cursor.varint(payload.length);
      } else if (tag == RECORDS_TAG || tag == COMPRESSED_TAG) {
        compressed = tag == COMPRESSED_TAG;
        records = bytes(cursor, payload);
      } else if (tag == CRC_TAG) {
        crc32c = fixed32(cursor, payload);
      } else if (tag == COUNT_TAG) {
        count = (int) cursor.varint(payload.length);
      } else if (tag == PRODUCER_TAG) {
        producer = bytes(cursor, payload);
      } else if (tag == RECORD_IDS_TAG) {
        recordIds = bytes(cursor, payload);
      } else {
        throw new IllegalStateException("unknown field " + WireCursor.field(tag));
      }
      RecordRanges.checkSound(cursor);
    }
    return new Stored(
        firstOffset, appendTimeMs, term, records, crc32c, count, compressed, producer, recordIds);
  }

  private static ByteSlice bytes(WireCursor cursor, byte[] payload) {
    int length = cursor.length(payload.length);
    ByteSlice bytes = new ByteSlice(payload, cursor.at(), length);
    cursor.moveTo(bytes.end());
    return bytes;
  }

  private static int fixed32(WireCursor cursor, byte[] payload) {
    int at = cursor.at();
    cursor.skip(CRC_TAG, payload.length);
    RecordRanges.checkSound(cursor);
    return (payload[at] & 0xff)
        | (payload[at + 1] & 0xff) << 8
        | (payload[at + 2] & 0xff) << 16
        | (payload[at + 3] & 0xff) << 24;
  }

  /**
   * The part of a batch from an offset on, as far as it fits, at least one record. A compressed one
   * stays whole. A part does not say who produced it: sequences are of the whole. Nor has it record
   * ids.
   *
   * @param fromOffset offset in the batch
   * @param recordsMax most records, at least 1
   * @param bytesMax most bytes of records
   */
  public static Stored slice(Stored batch, long fromOffset, long recordsMax, long bytesMax) {
    int from = (int) Math.max(0, fromOffset - batch.firstOffset());
    if (batch.compressed()) {
      return batch;
    }
    if (from == 0 && recordsMax >= batch.count() && bytesMax >= batch.records().length()) {
      return batch;
    }
    RecordRanges.Range range = RecordRanges.range(batch.records(), from, recordsMax, bytesMax);
    return new Stored(
        batch.firstOffset() + from,
        batch.appendTimeMs(),
        batch.term(),
        range.bytes(),
        range.bytes().crc32c(),
        range.count(),
        false,
        ByteSlice.EMPTY,
        ByteSlice.EMPTY);
  }

  /** Writes numbers as protobuf does. */
  private static final class Writer {
    private final byte[] out;
    private int at;

    private Writer(byte[] out) {
      this.out = out;
    }

    /** A field, unless it has the default value. */
    private void number(int tag, long value) {
      if (value != 0) {
        varint(tag);
        varint(value);
      }
    }

    /** A field with bytes, unless there are none. */
    private void bytes(int tag, ByteSlice bytes) {
      if (bytes.length() > 0) {
        varint(tag);
        varint(bytes.length());
        System.arraycopy(bytes.array(), bytes.offset(), out, at, bytes.length());
        at += bytes.length();
      }
    }

    private static int varintBytes(int value) {
      return 1 + (Integer.SIZE - 1 - Integer.numberOfLeadingZeros(value | 1)) / 7;
    }

    private void varint(long value) {
      long rest = value;
      while ((rest & ~0x7FL) != 0) {
        out[at++] = (byte) ((rest & 0x7F) | 0x80);
        rest >>>= 7;
      }
      out[at++] = (byte) rest;
    }

    private void fixed32(int value) {
      for (int shift = 0; shift < Integer.SIZE; shift += Byte.SIZE) {
        out[at++] = (byte) (value >>> shift);
      }
    }
  }
}
