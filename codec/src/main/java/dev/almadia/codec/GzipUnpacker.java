// SPDX-License-Identifier: Apache-2.0
package dev.almadia.codec;

import java.util.zip.CRC32;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

/** One gzip member (RFC 1952), and nothing behind it. */
final class GzipUnpacker implements Unpacker {
  private static final int HEADER_BYTES = 10;
  private static final int TRAILER_BYTES = 8;
  private static final int MAGIC = 0x8b1f;
  private static final int DEFLATE = 8;
  private static final int FLAGS_AT = 3;
  private static final int HAS_HEADER_CRC = 2;
  private static final int HAS_EXTRA = 4;
  private static final int HAS_NAME = 8;
  private static final int HAS_COMMENT = 16;
  private static final int RESERVED = 0xE0;

  private final byte[] data;
  private final int end;
  private final Inflater inflater = new Inflater(true);
  private final CRC32 crc = new CRC32();
  private long inflatedBytes;
  private boolean ended;

  GzipUnpacker(byte[] data, int offset, int length) throws CodecException {
    this.data = data;
    this.end = offset + length;
    try {
      int body = bodyStart(offset);
      inflater.setInput(data, body, end - body);
    } catch (CodecException e) {
      inflater.end();
      throw e;
    }
  }

  private int bodyStart(int start) throws CodecException {
    need(start, HEADER_BYTES);
    if (LittleEndian.int16(data, start) != MAGIC || data[start + 2] != DEFLATE) {
      throw new CodecException("gzip: does not begin as a member");
    }
    int flags = data[start + FLAGS_AT];
    if ((flags & RESERVED) != 0) {
      throw new CodecException("gzip: reserved flags are set");
    }
    int at = start + HEADER_BYTES;
    if ((flags & HAS_EXTRA) != 0) {
      need(at, 2);
      int extra = LittleEndian.int16(data, at);
      need(at + 2, extra);
      at += 2 + extra;
    }
    if ((flags & HAS_NAME) != 0) {
      at = pastZero(at);
    }
    if ((flags & HAS_COMMENT) != 0) {
      at = pastZero(at);
    }
    if ((flags & HAS_HEADER_CRC) != 0) {
      need(at, 2);
      crc.update(data, start, at - start);
      if ((crc.getValue() & 0xFFFF) != LittleEndian.int16(data, at)) {
        throw new CodecException("gzip: the checksum of the header does not fit");
      }
      crc.reset();
      at += 2;
    }
    return at;
  }

  private int pastZero(int from) throws CodecException {
    int at = from;
    do {
      need(at, 1);
    } while (data[at++] != 0);
    return at;
  }

  private void need(int at, int bytes) throws CodecException {
    if (bytes > end - at) {
      throw cutOff();
    }
  }

  private static CodecException cutOff() {
    return new CodecException("gzip: cut off");
  }

  @Override
  public int read(byte[] out, int offset, int length) throws CodecException {
    if (ended) {
      return -1;
    }
    int inflated;
    try {
      inflated = inflater.inflate(out, offset, length);
    } catch (DataFormatException e) {
      throw new CodecException("gzip: " + e.getMessage());
    }
    if (inflated > 0) {
      crc.update(out, offset, inflated);
      inflatedBytes += inflated;
      return inflated;
    }
    if (!inflater.finished()) {
      throw inflater.needsDictionary() ? new CodecException("gzip: wants a dictionary") : cutOff();
    }
    checkTrailer(end - inflater.getRemaining());
    ended = true;
    return -1;
  }

  private void checkTrailer(int at) throws CodecException {
    need(at, TRAILER_BYTES);
    if (LittleEndian.int32(data, at) != (int) crc.getValue()) {
      throw new CodecException("gzip: the checksum does not fit");
    }
    if (LittleEndian.int32(data, at + Integer.BYTES) != (int) inflatedBytes) {
      throw new CodecException("gzip: the size does not fit");
    }
    if (at + TRAILER_BYTES != end) {
      throw new CodecException("gzip: something stands behind the member");
    }
  }

  @Override
  public void close() {
    inflater.end();
  }
}
