// SPDX-License-Identifier: Apache-2.0
package dev.almadia.codec;

import net.jpountz.xxhash.StreamingXXHash32;
import net.jpountz.xxhash.XXHash32;
import net.jpountz.xxhash.XXHashFactory;
import org.jspecify.annotations.Nullable;

/**
 * One LZ4 frame, and nothing behind it. Written here because the library's stream refuses blocks
 * that refer to earlier ones, which is what many other languages' libraries make by default, and
 * because it holds whole blocks of up to 4 MiB; this one holds the last 64 KiB.
 *
 * <p>A block is a row of sequences: a run of literals, then a match, that is, a copy of what stands
 * up to 64 KiB before. The state between two calls is where in a sequence the window became full.
 */
final class Lz4Unpacker implements Unpacker {
  private static final int MAGIC = 0x184D2204;
  private static final int VERSION_MASK = 0xC0;
  private static final int VERSION = 0x40;
  private static final int INDEPENDENT = 0x20;
  private static final int BLOCK_CHECKSUM = 0x10;
  private static final int CONTENT_SIZE = 0x08;
  private static final int CONTENT_CHECKSUM = 0x04;
  private static final int RESERVED_OR_DICTIONARY = 0x03;
  private static final int DESCRIPTOR_RESERVED = 0x8F;
  private static final int BLOCK_SIZE_LEAST = 4;
  private static final int UNCOMPRESSED = 0x80000000;

  /** How far back a match may reach, plus one. */
  private static final int REACH_BYTES = 64 << 10;

  private static final int MATCH_BYTES_MIN = 4;
  private static final int RUN_MASK = 15;

  /** The end of a block is literals; decoders that copy by words rely on it. */
  private static final int LAST_LITERALS_MIN = 5;

  private static final int LAST_MATCH_START_MIN = 12;

  private static final XXHash32 XXHASH = XXHashFactory.safeInstance().hash32();

  private final byte[] data;
  private final int end;
  private int in;

  private boolean independent;
  private boolean blockChecksum;
  private int blockBytesMax;
  private boolean hasContentBytes;
  private long contentBytes;
  private @Nullable StreamingXXHash32 contentHash;

  /** What was inflated last: history, and behind it what was not taken yet. */
  private final byte[] window = new byte[2 * REACH_BYTES];

  private int at;
  private int taken;
  private long inflatedBytes;

  // The block under way; blockEnd is 0 between blocks.
  private int blockStart;
  private int blockEnd;
  private boolean stored;
  private int blockInflated;
  private int literalsLeft;
  private boolean literalsEnded;
  private int literalsOfSequence;
  private int matchCode;
  private int matchLeft;
  private int matchOffset;
  private int lastMatchAt = -1;
  private boolean ended;

  Lz4Unpacker(byte[] data, int offset, int length) throws CodecException {
    this.data = data;
    this.in = offset;
    this.end = offset + length;
    readHeader();
  }

  private void readHeader() throws CodecException {
    need(end, Integer.BYTES + 3);
    if (LittleEndian.int32(data, in) != MAGIC) {
      throw bad("does not begin as a frame");
    }
    int descriptor = in + Integer.BYTES;
    int flags = data[descriptor];
    int sizes = data[descriptor + 1];
    int sizeCode = (sizes >> 4) & 7;
    if ((flags & VERSION_MASK) != VERSION
        || (flags & RESERVED_OR_DICTIONARY) != 0
        || (sizes & DESCRIPTOR_RESERVED) != 0
        || sizeCode < BLOCK_SIZE_LEAST) {
      throw bad("a frame of this kind is not allowed");
    }
    independent = (flags & INDEPENDENT) != 0;
    blockChecksum = (flags & BLOCK_CHECKSUM) != 0;
    blockBytesMax = 1 << (8 + 2 * sizeCode);
    if ((flags & CONTENT_CHECKSUM) != 0) {
      contentHash = XXHashFactory.safeInstance().newStreamingHash32(0);
    }
    in = descriptor + 2;
    if ((flags & CONTENT_SIZE) != 0) {
      need(end, Long.BYTES + 1);
      hasContentBytes = true;
      contentBytes = LittleEndian.int64(data, in);
      in += Long.BYTES;
    }
    int hash = XXHASH.hash(data, descriptor, in - descriptor, 0);
    if ((byte) (hash >> 8) != data[in]) {
      throw bad("the checksum of the header does not fit");
    }
    in++;
  }

  @Override
  public int read(byte[] out, int offset, int length) throws CodecException {
    if (taken == at && !ended) {
      fill();
    }
    if (taken == at) {
      return -1;
    }
    int bytes = Math.min(length, at - taken);
    System.arraycopy(window, taken, out, offset, bytes);
    taken += bytes;
    return bytes;
  }

  /** Inflates until the window is full or the frame ends. */
  private void fill() throws CodecException {
    if (at == window.length) {
      System.arraycopy(window, REACH_BYTES, window, 0, REACH_BYTES);
      at = REACH_BYTES;
      taken = at;
    }
    int from = at;
    while (!ended && at < window.length) {
      if (blockEnd == 0) {
        beginBlock();
      } else {
        step();
      }
    }
    if (contentHash != null) {
      contentHash.update(window, from, at - from);
    }
    if (ended) {
      checkEnd();
    }
  }

  private void beginBlock() throws CodecException {
    need(end, Integer.BYTES);
    int size = LittleEndian.int32(data, in);
    in += Integer.BYTES;
    if (size == 0) {
      ended = true;
      return;
    }
    stored = (size & UNCOMPRESSED) != 0;
    size &= ~UNCOMPRESSED;
    if (size > blockBytesMax || size == 0) {
      throw bad("a block of " + size + " bytes is not allowed");
    }
    need(end, size + (blockChecksum ? Integer.BYTES : 0));
    blockStart = in;
    blockEnd = in + size;
    blockInflated = 0;
    lastMatchAt = -1;
    literalsEnded = false;
    if (stored) {
      beginLiterals(size);
    } else {
      beginSequence();
    }
  }

  /** One piece of work: copies what fits, or goes on to the next part of the block. */
  private void step() throws CodecException {
    if (literalsLeft > 0) {
      copyLiterals();
    } else if (matchLeft > 0) {
      copyMatch();
    } else if (!literalsEnded) {
      literalsEnded = true;
      if (in == blockEnd) {
        endBlock();
      } else {
        beginMatch();
      }
    } else {
      beginSequence();
    }
  }

  private void beginSequence() throws CodecException {
    need(blockEnd, 1);
    int token = data[in++] & 0xFF;
    matchCode = token & RUN_MASK;
    literalsEnded = false;
    int literals = runLength(token >> 4);
    need(blockEnd, literals);
    beginLiterals(literals);
  }

  private void beginLiterals(int bytes) throws CodecException {
    inflate(bytes);
    literalsOfSequence = bytes;
    literalsLeft = bytes;
  }

  private void beginMatch() throws CodecException {
    need(blockEnd, 2);
    matchOffset = LittleEndian.int16(data, in);
    in += 2;
    long reach = independent ? blockInflated : inflatedBytes;
    if (matchOffset == 0 || matchOffset > reach) {
      throw bad("a match reaches before the beginning");
    }
    lastMatchAt = blockInflated;
    int bytes = runLength(matchCode) + MATCH_BYTES_MIN;
    inflate(bytes);
    matchLeft = bytes;
  }

  /** A length of 15 goes on in the next bytes, as long as they are 255. */
  private int runLength(int code) throws CodecException {
    int length = code;
    if (code == RUN_MASK) {
      int more;
      do {
        need(blockEnd, 1);
        more = data[in++] & 0xFF;
        length += more;
        checkBlockSize(length);
      } while (more == 0xFF);
    }
    return length;
  }

  private void inflate(int bytes) throws CodecException {
    blockInflated += bytes;
    inflatedBytes += bytes;
    checkBlockSize(blockInflated);
  }

  private void checkBlockSize(int bytes) throws CodecException {
    if (bytes > blockBytesMax) {
      throw bad("a block inflates to more than " + blockBytesMax + " bytes");
    }
  }

  private void copyLiterals() {
    int bytes = Math.min(literalsLeft, window.length - at);
    System.arraycopy(data, in, window, at, bytes);
    in += bytes;
    at += bytes;
    literalsLeft -= bytes;
  }

  /** Byte by byte where source and target overlap: that is how a run of one byte is written. */
  private void copyMatch() {
    int bytes = Math.min(matchLeft, window.length - at);
    int from = at - matchOffset;
    if (matchOffset >= bytes) {
      System.arraycopy(window, from, window, at, bytes);
    } else {
      for (int i = 0; i < bytes; i++) {
        window[at + i] = window[from + i];
      }
    }
    at += bytes;
    matchLeft -= bytes;
  }

  private void endBlock() throws CodecException {
    if (!stored
        && lastMatchAt >= 0
        && (literalsOfSequence < LAST_LITERALS_MIN
            || blockInflated - lastMatchAt < LAST_MATCH_START_MIN)) {
      throw bad("a block does not end with literals");
    }
    if (blockChecksum) {
      if (XXHASH.hash(data, blockStart, blockEnd - blockStart, 0) != LittleEndian.int32(data, in)) {
        throw bad("the checksum of a block does not fit");
      }
      in += Integer.BYTES;
    }
    blockEnd = 0;
  }

  private void checkEnd() throws CodecException {
    if (contentHash != null) {
      need(end, Integer.BYTES);
      if (contentHash.getValue() != LittleEndian.int32(data, in)) {
        throw bad("the checksum does not fit");
      }
      in += Integer.BYTES;
    }
    if (hasContentBytes && contentBytes != inflatedBytes) {
      throw bad("the size does not fit");
    }
    if (in != end) {
      throw bad("something stands behind the frame");
    }
  }

  private void need(int limit, int bytes) throws CodecException {
    if (bytes > limit - in) {
      throw bad("cut off");
    }
  }

  private static CodecException bad(String what) {
    return new CodecException("lz4: " + what);
  }

  @Override
  public void close() {}
}
