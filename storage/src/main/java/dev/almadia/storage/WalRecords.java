// SPDX-License-Identifier: Apache-2.0
package dev.almadia.storage;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.zip.CRC32C;

/**
 * Finds the rounds in one of RocksDB's write-ahead log files, also those behind damage.
 *
 * <pre>
 * file      blocks of 32 KiB; a fragment never crosses into the next block
 * fragment  masked crc32c 4 | payload length 2 | type 1 | [file number 4] | payload
 *           types 1 to 4: whole, first, middle, last part of a record
 *           types 5 to 8: the same with the file's number, in files that may be overwritten
 * record    sequence 8 | count 4 | operations: a write batch, which is one round
 * our first operation:  0x05 | family 1 | 0x01 | key 0x01 | 0x20 | RoundStamp 32
 * </pre>
 *
 * Numbers of RocksDB are little-endian. Where a fragment is damaged its length cannot be trusted,
 * so the search for the next round goes on byte by byte: a round is where a stamp with this
 * directory's random incarnation and a right checksum is.
 */
final class WalRecords {
  /** Told what is found, in order. */
  interface Sink {
    /** A complete round whose checksums are right. */
    void onRound(RoundStamp stamp, long startByte, long endByte);

    /** Something else; told once until the next round is found. */
    void onBad(long startByte, String what);
  }

  static final int BLOCK_BYTES = 32 << 10;
  private static final int HEADER_BYTES = 7;
  private static final int NUMBERED_HEADER_BYTES = 11;
  private static final int LENGTH_AT = 4;
  private static final int TYPE_AT = 6;

  private static final int WHOLE = 1;
  private static final int FIRST = 2;
  // 3 is a middle part.
  private static final int LAST = 4;
  private static final int NUMBERED = 4;
  private static final int OTHER = 0;

  private static final int STAMP_AT = 8 + 4 + 5;
  private static final int PREFIX_BYTES = STAMP_AT + RoundStamp.BYTES;
  private static final byte[] OPERATION = {0x05, 0, 0x01, 0x01, RoundStamp.BYTES};

  private final long fileNumber;
  private final long incarnation;
  private final Sink sink;
  private final byte[] block = new byte[BLOCK_BYTES];
  private final ByteBuffer numbers = ByteBuffer.wrap(block).order(ByteOrder.LITTLE_ENDIAN);
  private final CRC32C crc = new CRC32C();
  private final ByteBuffer prefix = ByteBuffer.allocate(PREFIX_BYTES);
  private long blockStart;
  private int blockLength;

  /** Where the record that is being put together began, -1 if there is none. */
  private long recordStart = -1;

  /** After damage, until the next round. */
  private boolean lost;

  private WalRecords(long fileNumber, long incarnation, Sink sink) {
    this.fileNumber = fileNumber;
    this.incarnation = incarnation;
    this.sink = sink;
  }

  /** Reads the whole file. */
  static void scan(Path file, long fileNumber, long incarnation, Sink sink) throws IOException {
    new WalRecords(fileNumber, incarnation, sink).scan(file);
  }

  private void scan(Path file) throws IOException {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      while (fill(channel)) {
        parseBlock();
        blockStart += blockLength;
      }
    }
    if (recordStart >= 0) {
      bad(recordStart, "a round that does not end");
    }
  }

  private boolean fill(FileChannel channel) throws IOException {
    ByteBuffer into = ByteBuffer.wrap(block);
    while (into.hasRemaining()) {
      if (channel.read(into, blockStart + into.position()) < 0) {
        break;
      }
    }
    blockLength = into.position();
    return blockLength > 0;
  }

  private void parseBlock() {
    int at = 0;
    while (at < blockLength && BLOCK_BYTES - at >= HEADER_BYTES) {
      int bytes = fragmentBytes(at);
      if (bytes > 0) {
        consume(at, bytes);
        at += bytes;
      } else if (isPadding(at)) {
        return;
      } else {
        bad(recordStart >= 0 ? recordStart : blockStart + at, "bytes that are no round");
        at = nextRound(at + 1);
      }
    }
  }

  /** The writer fills up a block with zeros where a header does not fit any more. */
  private boolean isPadding(int at) {
    if (BLOCK_BYTES - at >= NUMBERED_HEADER_BYTES) {
      return false;
    }
    for (int i = at; i < blockLength; i++) {
      if (block[i] != 0) {
        return false;
      }
    }
    return true;
  }

  /** Size of the fragment here with its header, 0 if there is none whose checksum is right. */
  private int fragmentBytes(int at) {
    int headerBytes = headerBytes(at);
    if (headerBytes == 0 || at + headerBytes > blockLength) {
      return 0;
    }
    int bytes = headerBytes + (numbers.getShort(at + LENGTH_AT) & 0xFFFF);
    if (at + bytes > blockLength) {
      return 0;
    }
    boolean numbered = headerBytes == NUMBERED_HEADER_BYTES;
    if (numbered && numbers.getInt(at + HEADER_BYTES) != (int) fileNumber) {
      return 0;
    }
    crc.reset();
    crc.update(block, at + TYPE_AT, bytes - TYPE_AT);
    return mask((int) crc.getValue()) == numbers.getInt(at) ? bytes : 0;
  }

  private static int mask(int crc) {
    return ((crc >>> 15) | (crc << 17)) + 0xA282EAD8;
  }

  private int headerBytes(int at) {
    if (at + HEADER_BYTES > blockLength) {
      return 0;
    }
    int type = block[at + TYPE_AT] & 0xFF;
    return switch (type) {
      case 1, 2, 3, 4, 9, 10, 130 -> HEADER_BYTES;
      case 5, 6, 7, 8, 11, 131 -> NUMBERED_HEADER_BYTES;
      default -> 0;
    };
  }

  private int part(int at) {
    int type = block[at + TYPE_AT] & 0xFF;
    if (type > LAST + NUMBERED) {
      return OTHER;
    }
    return type > LAST ? type - NUMBERED : type;
  }

  private void consume(int at, int bytes) {
    int part = part(at);
    if (part == OTHER) {
      return;
    }
    long start = blockStart + at;
    if (part == WHOLE || part == FIRST) {
      if (recordStart >= 0) {
        bad(recordStart, "a round that does not end");
      }
      recordStart = start;
      prefix.clear();
    } else if (recordStart < 0) {
      // The rest of a record whose beginning was damaged and told already, or is missing.
      bad(start, "the end of a round that does not begin");
      return;
    }
    int headerBytes = headerBytes(at);
    int count = Math.min(prefix.remaining(), bytes - headerBytes);
    prefix.put(block, at + headerBytes, count);
    if (part == WHOLE || part == LAST) {
      finish(start + bytes);
    }
  }

  private void finish(long end) {
    long start = recordStart;
    if (prefix.hasRemaining() || !isStamped(prefix.array(), 0)) {
      bad(start, "a record that is no round of this store");
      return;
    }
    recordStart = -1;
    lost = false;
    sink.onRound(
        RoundStamp.decode(ByteBuffer.wrap(prefix.array(), STAMP_AT, RoundStamp.BYTES)), start, end);
  }

  /** Whether a payload that begins here is that of a round of this directory. */
  private boolean isStamped(byte[] bytes, int at) {
    for (int i = 0; i < OPERATION.length; i++) {
      boolean isFamily = i == 1;
      if (!isFamily && bytes[at + 12 + i] != OPERATION[i]) {
        return false;
      }
    }
    ByteBuffer stamp = ByteBuffer.wrap(bytes);
    return stamp.getLong(at + STAMP_AT) == RoundStamp.MAGIC
        && stamp.getLong(at + STAMP_AT + Long.BYTES) == incarnation;
  }

  private void bad(long start, String what) {
    recordStart = -1;
    if (!lost) {
      lost = true;
      sink.onBad(start, what);
    }
  }

  /**
   * The next place in this block where a round begins, or the block's end. The stamp is looked for
   * first, as checksums over every offset would take long. Only a first part at the very end of the
   * block may be too short to show it.
   */
  private int nextRound(int from) {
    for (int at = from; at + HEADER_BYTES <= blockLength; at++) {
      int headerBytes = headerBytes(at);
      int part = headerBytes == 0 ? OTHER : part(at);
      if (part != WHOLE && part != FIRST) {
        continue;
      }
      int payload = at + headerBytes;
      boolean shows = payload + PREFIX_BYTES <= blockLength;
      if ((shows ? isStamped(block, payload) : part == FIRST) && fragmentBytes(at) > 0) {
        return at;
      }
    }
    return blockLength;
  }
}
