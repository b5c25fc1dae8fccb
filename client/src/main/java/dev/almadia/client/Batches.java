// SPDX-License-Identifier: Apache-2.0
package dev.almadia.client;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.almadia.internal.v1.OpaqueStoredBatch;
import dev.almadia.v1.Record;
import dev.almadia.v1.RecordBatch;
import dev.almadia.v1.RecordSet;
import io.grpc.Status;
import java.util.List;
import java.util.zip.CRC32C;

/** Makes batches with their checksum, and opens them again. Stateless; any thread. */
public final class Batches {
  private Batches() {}

  /** A plain batch with its checksum and count. */
  public static RecordBatch of(List<Record> records) {
    RecordSet set = RecordSet.newBuilder().addAllRecords(records).build();
    return RecordBatch.newBuilder()
        .setRecords(set)
        .setCrc32C(crc32c(set.toByteString()))
        .setRecordCount(records.size())
        .build();
  }

  /**
   * Adds the records of a stored batch that lie in a stretch.
   *
   * <p>The batch is looked at in the broker's view of it, because the checksum is over the bytes as
   * the producer made them: parsing and serializing again could change them.
   *
   * @throws AlmadiaException DATA_LOSS if the checksum does not fit (guarantee G13), UNIMPLEMENTED
   *     for a compressed batch
   */
  static void unpack(
      int partition, ByteString bytes, long fromOffset, long endOffset, List<ReadRecord> into) {
    RecordSet set;
    OpaqueStoredBatch batch;
    try {
      batch = OpaqueStoredBatch.parseFrom(bytes);
      if (batch.hasCompressed()) {
        throw bad(Status.Code.UNIMPLEMENTED, partition, batch, "is compressed: not supported yet");
      }
      if (crc32c(batch.getRecords()) != batch.getCrc32C()) {
        throw bad(Status.Code.DATA_LOSS, partition, batch, "has a checksum that does not fit");
      }
      set = RecordSet.parseFrom(batch.getRecords());
    } catch (InvalidProtocolBufferException e) {
      throw bad(
          Status.Code.DATA_LOSS, partition, OpaqueStoredBatch.getDefaultInstance(), "is garbage");
    }
    boolean dense = batch.getOffsetDeltasCount() == 0;
    if (!dense && batch.getOffsetDeltasCount() != set.getRecordsCount()) {
      throw bad(Status.Code.DATA_LOSS, partition, batch, "has not one offset per record");
    }
    for (int i = 0; i < set.getRecordsCount(); i++) {
      long offset = batch.getFirstOffset() + (dense ? i : batch.getOffsetDeltas(i));
      if (offset >= fromOffset && offset < endOffset) {
        into.add(new ReadRecord(partition, offset, batch.getAppendTimeMs(), set.getRecords(i)));
      }
    }
  }

  private static AlmadiaException bad(
      Status.Code code, int partition, OpaqueStoredBatch batch, String what) {
    String message =
        "the batch at partition " + partition + ", offset " + batch.getFirstOffset() + " " + what;
    return AlmadiaException.local(code, message, Outcome.NOT_APPLIED, "Read", "");
  }

  static int crc32c(ByteString bytes) {
    CRC32C crc = new CRC32C();
    bytes.asReadOnlyByteBufferList().forEach(crc::update);
    return (int) crc.getValue();
  }
}
