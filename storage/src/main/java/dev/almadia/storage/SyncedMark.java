// SPDX-License-Identifier: Apache-2.0
package dev.almadia.storage;

import dev.almadia.raft.store.StoreException;
import dev.almadia.raft.store.StoreException.Reason;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.zip.CRC32C;

/**
 * A number outside the write-ahead log: at least this round was on stable storage. A scan that ends
 * before it has found that the end of the log is gone, which the log itself cannot tell (A16).
 *
 * <pre>
 * slot 0 at 0, slot 1 at 4096, written in turn, so that a torn one leaves the other:
 *   magic 8 | incarnation 8 | round 8 | crc32c of these 4
 * </pre>
 *
 * <p>Log writer thread only.
 */
final class SyncedMark implements AutoCloseable {
  /** Slots lie in different sectors and pages, so that one write cannot tear both. */
  private static final int SLOT_DISTANCE = 4096;

  private static final long MAGIC = 0x414C_4D41_4D41_524BL;
  private static final int CHECKED_BYTES = 3 * Long.BYTES;
  private static final int SLOT_BYTES = CHECKED_BYTES + Integer.BYTES;

  private final Path file;
  private final FileChannel channel;
  private final long incarnation;
  private final ByteBuffer buffer = ByteBuffer.allocateDirect(SLOT_BYTES);
  private final CrashPoints points;
  private long round;
  private int nextSlot;

  private SyncedMark(Path file, FileChannel channel, long incarnation, CrashPoints points) {
    this.file = file;
    this.channel = channel;
    this.incarnation = incarnation;
    this.points = points;
  }

  /** Makes the file anew with round 0. */
  static SyncedMark create(Path file, long incarnation, CrashPoints points) {
    try {
      byte[] both = new byte[SLOT_DISTANCE + SLOT_BYTES];
      ByteBuffer slot = encode(ByteBuffer.allocate(SLOT_BYTES), incarnation, 0);
      System.arraycopy(slot.array(), 0, both, 0, SLOT_BYTES);
      System.arraycopy(slot.array(), 0, both, SLOT_DISTANCE, SLOT_BYTES);
      SafeFiles.replace(file, both, points);
      return open(file, incarnation, points);
    } catch (IOException e) {
      throw new StoreException(Reason.IO, "cannot make " + file + ": " + e, e);
    }
  }

  /**
   * Opens the file.
   *
   * @throws StoreException CORRUPT if it is missing or neither slot can be read
   */
  static SyncedMark open(Path file, long incarnation, CrashPoints points) {
    if (!Files.exists(file)) {
      throw new StoreException(Reason.CORRUPT, file + " is missing; " + DataDirectory.RESEED);
    }
    try {
      FileChannel channel =
          FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE);
      SyncedMark mark = new SyncedMark(file, channel, incarnation, points);
      long first = mark.readSlot(0);
      long second = mark.readSlot(1);
      if (first < 0 && second < 0) {
        channel.close();
        throw new StoreException(
            Reason.CORRUPT, file + " is damaged in both halves; " + DataDirectory.RESEED);
      }
      mark.round = Math.max(first, second);
      mark.nextSlot = first > second ? 1 : 0;
      return mark;
    } catch (IOException e) {
      throw new StoreException(Reason.IO, "cannot read " + file + ": " + e, e);
    }
  }

  private static ByteBuffer encode(ByteBuffer into, long incarnation, long round) {
    into.clear();
    into.putLong(MAGIC).putLong(incarnation).putLong(round);
    CRC32C crc = new CRC32C();
    crc.update(into.duplicate().flip());
    return into.putInt((int) crc.getValue()).flip();
  }

  /** The slot's round, or -1 if it holds none of this incarnation. */
  private long readSlot(int slot) throws IOException {
    ByteBuffer found = ByteBuffer.allocate(SLOT_BYTES);
    int count = channel.read(found, (long) slot * SLOT_DISTANCE);
    if (count < SLOT_BYTES) {
      return -1;
    }
    long value = found.getLong(2 * Long.BYTES);
    ByteBuffer right = encode(ByteBuffer.allocate(SLOT_BYTES), incarnation, value);
    return right.equals(found.flip()) ? value : -1;
  }

  /** At least this round was on stable storage. */
  long round() {
    return round;
  }

  /** Keeps that this round is on stable storage; so is the mark when this returns. */
  void advance(long syncedRound) throws IOException {
    points.before(DurableStep.MARK_WRITE);
    SafeFiles.writeFully(
        channel, encode(buffer, incarnation, syncedRound), (long) nextSlot * SLOT_DISTANCE);
    points.after(DurableStep.MARK_WRITE);
    points.before(DurableStep.MARK_SYNC);
    channel.force(false);
    points.after(DurableStep.MARK_SYNC);
    nextSlot = 1 - nextSlot;
    round = syncedRound;
  }

  @Override
  public void close() {
    try {
      channel.close();
    } catch (IOException e) {
      throw new StoreException(Reason.IO, "cannot close " + file + ": " + e, e);
    }
  }
}
