// SPDX-License-Identifier: Apache-2.0
package dev.almadia.client;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.UnsafeByteOperations;
import dev.almadia.codec.CodecException;
import dev.almadia.codec.Codecs;
import dev.almadia.internal.v1.OpaqueRecordBatch;
import dev.almadia.internal.v1.OpaqueStoredBatch;
import dev.almadia.v1.Codec;
import dev.almadia.v1.CompressedRecords;
import dev.almadia.v1.Record;
import dev.almadia.v1.RecordBatch;
import dev.almadia.v1.RecordSet;
import io.grpc.Status;
import java.util.List;
import java.util.zip.CRC32C;

/** Makes batches with their checksum, and opens them again. Stateless; any thread. */
public final class Batches {
  /** Codecs that this client can inflate. */
  static final List<Codec> ACCEPTED = List.of(Codec.CODEC_GZIP, Codec.CODEC_LZ4, Codec.CODEC_ZSTD);

  /** Largest batch that is inflated; brokers take at most 3 MiB. */
  private static final int UNCOMPRESSED_BYTES_MAX = 16 << 20;

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
   * A batch of a serialized record set, with its checksum.
   *
   * @param codec how to compress it; CODEC_UNSPECIFIED for not at all
   */
  static OpaqueRecordBatch opaque(ByteString set, int count, Codec codec) {
    OpaqueRecordBatch.Builder batch = OpaqueRecordBatch.newBuilder().setRecordCount(count);
    if (codec == Codec.CODEC_UNSPECIFIED) {
      return batch.setRecords(set).setCrc32C(crc32c(set)).build();
    }
    byte[] plain = set.toByteArray();
    ByteString data =
        UnsafeByteOperations.unsafeWrap(Codecs.compress(codec, plain, 0, plain.length));
    return batch
        .setCompressed(
            CompressedRecords.newBuilder()
                .setCodec(codec)
                .setData(data)
                .setRecordCount(count)
                .setUncompressedBytes(plain.length)
                .build()
                .toByteString())
        .setCrc32C(crc32c(data))
        .build();
  }

  /** Bytes of the records as they are sent. */
  static int bytesOf(OpaqueRecordBatch batch) {
    return batch.hasCompressed() ? batch.getCompressed().size() : batch.getRecords().size();
  }

  /**
   * Adds the records of a stored batch that lie in a stretch.
   *
   * <p>The batch is looked at in the broker's view of it, because the checksum is over the bytes as
   * the producer made them: parsing and serializing again could change them.
   *
   * @throws AlmadiaException DATA_LOSS if the checksum does not fit (guarantee G13) or a compressed
   *     batch is not what it says, UNIMPLEMENTED for a codec that this version does not know
   */
  static void unpack(
      int partition, ByteString bytes, long fromOffset, long endOffset, List<ReadRecord> into) {
    RecordSet set;
    OpaqueStoredBatch batch = OpaqueStoredBatch.getDefaultInstance();
    try {
      batch = OpaqueStoredBatch.parseFrom(bytes);
      set = RecordSet.parseFrom(checkedRecords(partition, batch));
    } catch (InvalidProtocolBufferException e) {
      throw bad(Status.Code.DATA_LOSS, partition, batch, "is garbage");
    }
    if (batch.hasCompressed() && set.getRecordsCount() != batch.getRecordCount()) {
      throw bad(
          Status.Code.DATA_LOSS,
          partition,
          batch,
          "has " + set.getRecordsCount() + " records, not " + batch.getRecordCount());
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

  /** The serialized record set, once the checksum over the bytes as they came fits. */
  private static ByteString checkedRecords(int partition, OpaqueStoredBatch batch)
      throws InvalidProtocolBufferException {
    if (!batch.hasCompressed()) {
      checkSum(partition, batch, batch.getRecords());
      return batch.getRecords();
    }
    CompressedRecords records = CompressedRecords.parseFrom(batch.getCompressed());
    checkSum(partition, batch, records.getData());
    if (!Codecs.isKnown(records.getCodec())) {
      throw bad(
          Status.Code.UNIMPLEMENTED,
          partition,
          batch,
          "is compressed with a codec that this version does not know");
    }
    long size = records.getUncompressedBytes();
    if (size < 0 || size > UNCOMPRESSED_BYTES_MAX) {
      throw bad(Status.Code.DATA_LOSS, partition, batch, "claims to have " + size + " bytes");
    }
    byte[] data = records.getData().toByteArray();
    try {
      return UnsafeByteOperations.unsafeWrap(
          Codecs.inflate(records.getCodec(), data, 0, data.length, (int) size));
    } catch (CodecException e) {
      throw bad(Status.Code.DATA_LOSS, partition, batch, "cannot be inflated: " + e.problem());
    }
  }

  private static void checkSum(int partition, OpaqueStoredBatch batch, ByteString bytes) {
    if (crc32c(bytes) != batch.getCrc32C()) {
      throw bad(Status.Code.DATA_LOSS, partition, batch, "has a checksum that does not fit");
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
