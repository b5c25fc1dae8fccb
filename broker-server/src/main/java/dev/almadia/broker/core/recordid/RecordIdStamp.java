// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.core.recordid;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.UnsafeByteOperations;
import dev.almadia.broker.core.record.ByteSlice;
import dev.almadia.broker.core.record.RecordIds;
import java.nio.ByteBuffer;

/**
 * What the entry of a batch says of its record ids, so that who applies it need not look at the
 * records.
 *
 * @param setting what the leader went by
 * @param ids of the batch's records
 */
public record RecordIdStamp(DedupSetting setting, RecordIds ids) {
  private static final int DIGEST_BYTES = 16;

  /** Most bytes beside those for each id. */
  public static final int BYTES_MAX = 48;

  /** Most bytes for each id: its digest, and which record has it. */
  public static final int ID_BYTES_MAX = DIGEST_BYTES + Integer.BYTES;

  /**
   * As bytes.
   *
   * @param recordCount number of records of the batch
   */
  public ByteSlice encode(int recordCount) {
    dev.almadia.internal.v1.RecordIdStamp.Builder stamp =
        dev.almadia.internal.v1.RecordIdStamp.newBuilder()
            .setWindowMs(setting.windowMs())
            .setRevision(setting.revision());
    if (ids.size() > 0) {
      byte[] bytes = new byte[DIGEST_BYTES * ids.size()];
      ByteBuffer digests = ByteBuffer.wrap(bytes);
      boolean areAll = ids.areAll(recordCount);
      for (int id = 0; id < ids.size(); id++) {
        digests.putLong(ids.high(id)).putLong(ids.low(id));
        if (!areAll) {
          stamp.addPositions(ids.position(id));
        }
      }
      stamp.setDigests(UnsafeByteOperations.unsafeWrap(bytes));
    }
    return ByteSlice.of(stamp.build().toByteArray());
  }

  /**
   * From bytes.
   *
   * @throws IllegalStateException if they are none: they passed their checksum, so the broker that
   *     made them had a defect or was of a newer version
   */
  public static RecordIdStamp decode(ByteSlice bytes) {
    try {
      dev.almadia.internal.v1.RecordIdStamp stamp =
          dev.almadia.internal.v1.RecordIdStamp.parseFrom(
              UnsafeByteOperations.unsafeWrap(bytes.array(), bytes.offset(), bytes.length()));
      return new RecordIdStamp(
          new DedupSetting(stamp.getRevision(), stamp.getWindowMs()), idsOf(stamp));
    } catch (InvalidProtocolBufferException | IllegalArgumentException e) {
      throw new IllegalStateException("no stamp of record ids: " + e.getMessage(), e);
    }
  }

  private static RecordIds idsOf(dev.almadia.internal.v1.RecordIdStamp stamp) {
    ByteString bytes = stamp.getDigests();
    int ids = bytes.size() / DIGEST_BYTES;
    boolean areAll = stamp.getPositionsCount() == 0;
    if (bytes.size() % DIGEST_BYTES != 0 || (!areAll && stamp.getPositionsCount() != ids)) {
      throw new IllegalArgumentException(
          bytes.size() + " bytes of digests for " + stamp.getPositionsCount() + " records");
    }
    ByteBuffer in = bytes.asReadOnlyByteBuffer();
    long[] digests = new long[2 * ids];
    in.asLongBuffer().get(digests);
    int[] positions = new int[ids];
    for (int id = 0; id < ids; id++) {
      positions[id] = areAll ? id : stamp.getPositions(id);
    }
    return RecordIds.stored(positions, digests);
  }
}
