// SPDX-License-Identifier: Apache-2.0
package dev.almadia.client;

import com.google.protobuf.ByteString;
import dev.almadia.internal.v1.OpaqueRecordBatch;
import dev.almadia.v1.Codec;
import dev.almadia.v1.Record;
import dev.almadia.v1.RecordSet;
import java.util.List;

/** A batch that is serialized and under its checksum, to be sent once or many times. Immutable. */
public final class PreparedBatch {
  private final OpaqueRecordBatch opaque;

  private PreparedBatch(OpaqueRecordBatch opaque) {
    this.opaque = opaque;
  }

  /** A plain batch of these records, at least one. */
  public static PreparedBatch of(List<Record> records) {
    return of(records, Codec.CODEC_UNSPECIFIED);
  }

  /**
   * A batch of these records, at least one.
   *
   * @param codec how to compress it; CODEC_UNSPECIFIED for not at all
   */
  public static PreparedBatch of(List<Record> records, Codec codec) {
    if (records.isEmpty()) {
      throw new IllegalArgumentException("a batch has at least one record");
    }
    ByteString set = RecordSet.newBuilder().addAllRecords(records).build().toByteString();
    return new PreparedBatch(Batches.opaque(set, records.size(), codec));
  }

  /** Bytes of the serialized records, as they are sent. */
  public int bytes() {
    return Batches.bytesOf(opaque);
  }

  /** Number of records. */
  public int records() {
    return opaque.getRecordCount();
  }

  OpaqueRecordBatch opaque() {
    return opaque;
  }
}
