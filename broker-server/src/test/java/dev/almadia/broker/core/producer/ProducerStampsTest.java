// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.core.producer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnknownFieldSet;
import dev.almadia.broker.core.record.ByteSlice;
import dev.almadia.v1.SequenceRange;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Stamps by hand against protobuf. */
class ProducerStampsTest {
  private static ProducerStamp random(Random random) {
    List<Segment> segments = new ArrayList<>();
    long next = 1 + (random.nextLong() >>> (2 + random.nextInt(60)));
    long from = 1 + random.nextInt((int) Math.min(next, 1000));
    boolean routed = random.nextBoolean();
    for (int left = 1 + random.nextInt(5); left > 0; left--) {
      int count = 1 + random.nextInt(random.nextBoolean() ? 3 : 1_000_000);
      long last = next + count - 1 + (routed ? random.nextInt(100) : 0);
      segments.add(new Segment(next, last, count));
      next = last + 1;
    }
    return new ProducerStamp(
        "p" + "x".repeat(random.nextInt(128)),
        random.nextInt(3) == 0 ? 0 : random.nextLong() >>> (1 + random.nextInt(62)),
        routed,
        routed ? from : 0,
        segments);
  }

  private static dev.almadia.v1.ProducerStamp message(ProducerStamp stamp) {
    dev.almadia.v1.ProducerStamp.Builder message =
        dev.almadia.v1.ProducerStamp.newBuilder()
            .setProducerId(stamp.producerId())
            .setEpoch(stamp.epoch())
            .setRouted(stamp.routed())
            .setCompleteFrom(stamp.completeFrom());
    for (Segment segment : stamp.segments()) {
      message.addRanges(
          SequenceRange.newBuilder()
              .setFirstSequence(segment.firstSequence())
              .setLastSequence(segment.lastSequence())
              .setRecordCount(segment.count()));
    }
    return message.build();
  }

  private static byte[] bytes(ByteSlice slice) {
    return Arrays.copyOfRange(slice.array(), slice.offset(), slice.end());
  }

  @Test
  void writesAndReadsWhatProtobufWrites() {
    Random random = new Random(7);
    for (int i = 0; i < 1_000; i++) {
      ProducerStamp stamp = random(random);
      byte[] known = message(stamp).toByteArray();

      assertThat(bytes(ProducerStamps.encode(stamp))).isEqualTo(known);
      assertThat(ProducerStamps.decode(ByteSlice.of(known))).isEqualTo(stamp);
    }
  }

  @Test
  void passesOverFieldsOfANewerVersion() {
    ProducerStamp stamp = random(new Random(1));
    UnknownFieldSet newer =
        UnknownFieldSet.newBuilder()
            .addField(99, UnknownFieldSet.Field.newBuilder().addVarint(5).build())
            .addField(
                100,
                UnknownFieldSet.Field.newBuilder()
                    .addLengthDelimited(ByteString.copyFromUtf8("new"))
                    .build())
            .build();
    byte[] bytes = message(stamp).toBuilder().setUnknownFields(newer).build().toByteArray();

    assertThat(ProducerStamps.decode(ByteSlice.of(bytes))).isEqualTo(stamp);
  }

  @Test
  void whatIsCutOffOrMakesNoSenseIsNoStamp() {
    byte[] bytes = bytes(ProducerStamps.encode(random(new Random(2))));
    for (int length = 0; length < bytes.length; length++) {
      ByteSlice cut = ByteSlice.of(Arrays.copyOf(bytes, length));
      if (length < 3 || bytes[length - 1] < 0) {
        assertThatThrownBy(() -> ProducerStamps.decode(cut))
            .isInstanceOf(IllegalStateException.class);
      }
    }
    for (SequenceRange bad :
        List.of(
            SequenceRange.getDefaultInstance(),
            SequenceRange.newBuilder().setFirstSequence(5).setLastSequence(4).build(),
            SequenceRange.newBuilder().setFirstSequence(1).setLastSequence(9).build(),
            SequenceRange.newBuilder()
                .setFirstSequence(1)
                .setLastSequence(9)
                .setRecordCount(-1)
                .build())) {
      byte[] unsound =
          dev.almadia.v1.ProducerStamp.newBuilder()
              .setProducerId("p")
              .addRanges(bad)
              .build()
              .toByteArray();
      assertThatThrownBy(() -> ProducerStamps.decode(ByteSlice.of(unsound)))
          .isInstanceOf(IllegalStateException.class);
    }
  }
}
