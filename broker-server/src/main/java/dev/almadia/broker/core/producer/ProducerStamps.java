// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.core.producer;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.almadia.broker.core.record.ByteSlice;
import dev.almadia.v1.SequenceRange;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/** A stamp as the bytes of an almadia.v1.ProducerStamp, and back. */
public final class ProducerStamps {
  private ProducerStamps() {}

  /** The bytes. */
  public static ByteSlice encode(ProducerStamp stamp) {
    dev.almadia.v1.ProducerStamp.Builder out =
        dev.almadia.v1.ProducerStamp.newBuilder()
            .setProducerId(stamp.producerId())
            .setEpoch(stamp.epoch())
            .setRouted(stamp.routed())
            .setCompleteFrom(stamp.completeFrom());
    for (Segment segment : stamp.segments()) {
      out.addRanges(
          SequenceRange.newBuilder()
              .setFirstSequence(segment.firstSequence())
              .setLastSequence(segment.lastSequence())
              .setRecordCount(segment.count()));
    }
    return ByteSlice.of(out.build().toByteArray());
  }

  /**
   * The stamp.
   *
   * @throws IllegalStateException if the bytes are none: they passed their checksum, so the broker
   *     that made them had a defect or was of a newer version
   */
  public static ProducerStamp decode(ByteSlice bytes) {
    try {
      dev.almadia.v1.ProducerStamp in =
          dev.almadia.v1.ProducerStamp.parseFrom(
              ByteBuffer.wrap(bytes.array(), bytes.offset(), bytes.length()));
      List<Segment> segments = new ArrayList<>(in.getRangesCount());
      for (SequenceRange range : in.getRangesList()) {
        segments.add(
            new Segment(range.getFirstSequence(), range.getLastSequence(), range.getRecordCount()));
      }
      return new ProducerStamp(
          in.getProducerId(), in.getEpoch(), in.getRouted(), in.getCompleteFrom(), segments);
    } catch (InvalidProtocolBufferException | IllegalArgumentException e) {
      throw new IllegalStateException("not the producer of a batch: " + e.getMessage(), e);
    }
  }
}
