// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.core.producer;

import dev.almadia.broker.core.record.ByteSlice;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * A stamp as the bytes of an almadia.v1.ProducerStamp, and back: byte for byte what protobuf would
 * write, by hand because there are hundreds of ranges in an entry of small batches, and each
 * replica reads them.
 */
public final class ProducerStamps {
  private static final int VARINT = 0;
  private static final int LENGTH = 2;
  private static final int TYPE_BITS = 3;
  private static final int TYPE_MASK = (1 << TYPE_BITS) - 1;

  private static final int ID_TAG = 1 << TYPE_BITS | LENGTH;
  private static final int EPOCH_TAG = 2 << TYPE_BITS | VARINT;
  private static final int ROUTED_TAG = 3 << TYPE_BITS | VARINT;
  private static final int RANGE_TAG = 4 << TYPE_BITS | LENGTH;
  private static final int COMPLETE_FROM_TAG = 5 << TYPE_BITS | VARINT;
  private static final int FIRST_TAG = 1 << TYPE_BITS | VARINT;
  private static final int LAST_TAG = 2 << TYPE_BITS | VARINT;
  private static final int COUNT_TAG = 3 << TYPE_BITS | VARINT;

  /** Tag and length of the id, and three numbers with theirs. */
  private static final int HEAD_BYTES_MAX = 40;

  /** Most bytes of a range: tag, length, three numbers with their tags. */
  private static final int RANGE_BYTES_MAX = 35;

  private final byte[] bytes;
  private final int end;
  private int at;

  private ProducerStamps(byte[] bytes, int from, int end) {
    this.bytes = bytes;
    this.at = from;
    this.end = end;
  }

  /** The bytes. */
  // hot path
  public static ByteSlice encode(ProducerStamp stamp) {
    byte[] id = stamp.producerId().getBytes(StandardCharsets.UTF_8);
    int bytesMax = HEAD_BYTES_MAX + id.length + stamp.segments().size() * RANGE_BYTES_MAX;
    ProducerStamps out = new ProducerStamps(new byte[bytesMax], 0, bytesMax);
    out.put(ID_TAG);
    out.put(id.length);
    System.arraycopy(id, 0, out.bytes, out.at, id.length);
    out.at += id.length;
    out.put(EPOCH_TAG, stamp.epoch());
    out.put(ROUTED_TAG, stamp.routed() ? 1 : 0);
    for (Segment segment : stamp.segments()) {
      out.put(RANGE_TAG);
      int lengthAt = out.at++;
      out.put(FIRST_TAG, segment.firstSequence());
      out.put(LAST_TAG, segment.lastSequence());
      out.put(COUNT_TAG, segment.count());
      out.bytes[lengthAt] = (byte) (out.at - lengthAt - 1);
    }
    out.put(COMPLETE_FROM_TAG, stamp.completeFrom());
    return new ByteSlice(out.bytes, 0, out.at);
  }

  /** A field, unless it has the default value. */
  private void put(int tag, long value) {
    if (value != 0) {
      put(tag);
      put(value);
    }
  }

  private void put(long value) {
    long rest = value;
    while ((rest & ~0x7FL) != 0) {
      bytes[at++] = (byte) ((rest & 0x7F) | 0x80);
      rest >>>= 7;
    }
    bytes[at++] = (byte) rest;
  }

  /**
   * The stamp.
   *
   * @throws IllegalStateException if the bytes are none: they passed their checksum, so the broker
   *     that made them had a defect or was of a newer version
   */
  public static ProducerStamp decode(ByteSlice bytes) {
    try {
      return new ProducerStamps(bytes.array(), bytes.offset(), bytes.end()).stamp();
    } catch (IllegalArgumentException e) {
      throw new IllegalStateException("not the producer of a batch: " + e.getMessage(), e);
    }
  }

  // hot path
  private ProducerStamp stamp() {
    String id = "";
    long epoch = 0;
    boolean routed = false;
    long completeFrom = 0;
    List<Segment> segments = new ArrayList<>();
    while (at < end) {
      int tag = (int) number(end);
      switch (tag) {
        case ID_TAG -> {
          int length = length(end);
          id = new String(bytes, at, length, StandardCharsets.UTF_8);
          at += length;
        }
        case EPOCH_TAG -> epoch = number(end);
        case ROUTED_TAG -> routed = number(end) != 0;
        case RANGE_TAG -> segments.add(segment(length(end)));
        case COMPLETE_FROM_TAG -> completeFrom = number(end);
        default -> skip(tag, end);
      }
    }
    return new ProducerStamp(id, epoch, routed, completeFrom, segments);
  }

  private Segment segment(int length) {
    int stop = at + length;
    long first = 0;
    long last = 0;
    long count = 0;
    while (at < stop) {
      int tag = (int) number(stop);
      switch (tag) {
        case FIRST_TAG -> first = number(stop);
        case LAST_TAG -> last = number(stop);
        case COUNT_TAG -> count = number(stop);
        default -> skip(tag, stop);
      }
    }
    if (count > Integer.MAX_VALUE) {
      throw new IllegalArgumentException("a count of " + count);
    }
    return new Segment(first, last, (int) count);
  }

  /** Fields of a newer version; they have no other types here. */
  private void skip(int tag, int stop) {
    switch (tag & TYPE_MASK) {
      case VARINT -> {
        long unused = number(stop);
      }
      case LENGTH -> {
        int length = length(stop);
        at += length;
      }
      default -> throw new IllegalArgumentException("a field of type " + (tag & TYPE_MASK));
    }
  }

  private int length(int stop) {
    long length = number(stop);
    if (length < 0 || length > stop - at) {
      throw new IllegalArgumentException("a length of " + length);
    }
    return (int) length;
  }

  private long number(int stop) {
    long value = 0;
    for (int shift = 0; shift < Long.SIZE; shift += 7) {
      if (at >= stop) {
        throw new IllegalArgumentException("a number is cut off");
      }
      byte next = bytes[at++];
      value |= (long) (next & 0x7F) << shift;
      if (next >= 0) {
        return value;
      }
    }
    throw new IllegalArgumentException("a number of more than 64 bits");
  }
}
