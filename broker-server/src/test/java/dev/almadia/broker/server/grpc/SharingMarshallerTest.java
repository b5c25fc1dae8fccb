// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import dev.almadia.internal.v1.OpaqueProduceRequest;
import dev.almadia.internal.v1.OpaqueRecordBatch;
import io.grpc.KnownLength;
import io.grpc.StatusRuntimeException;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

class SharingMarshallerTest {
  private final SharingMarshaller<OpaqueProduceRequest> marshaller =
      new SharingMarshaller<>(OpaqueProduceRequest.getDefaultInstance());

  @Test
  void readsWhatProtobufReads() {
    OpaqueProduceRequest request = request(1000);

    assertThat(marshaller.parse(known(request.toByteArray()))).isEqualTo(request);
    assertThat(marshaller.parse(marshaller.stream(request))).isEqualTo(request);
    assertThat(marshaller.parse(new ByteArrayInputStream(request.toByteArray())))
        .isEqualTo(request);
  }

  @Test
  void theRecordsAreCopiedOnce() {
    byte[] bytes = request(1 << 20).toByteArray();
    marshaller.parse(known(bytes));
    com.sun.management.ThreadMXBean threads =
        (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();

    long before = threads.getCurrentThreadAllocatedBytes();
    OpaqueProduceRequest parsed = marshaller.parse(known(bytes));
    long allocated = threads.getCurrentThreadAllocatedBytes() - before;

    assertThat(parsed.getBatch().getRecords().size()).isEqualTo(1 << 20);
    assertThat(allocated).isLessThan((1 << 20) + (1 << 17));
  }

  @Test
  void garbageIsAStatusAndNothingElse() {
    Random random = new Random(3);
    byte[] good = request(100).toByteArray();
    int refused = 0;
    for (int round = 0; round < 2000; round++) {
      byte[] bytes = Arrays.copyOf(good, 1 + random.nextInt(good.length));
      bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
      try {
        marshaller.parse(known(bytes));
      } catch (StatusRuntimeException e) {
        refused++;
      }
    }
    assertThat(refused).isGreaterThan(500);
    assertThatThrownBy(() -> marshaller.parse(known(new byte[] {0x0C})))
        .isInstanceOf(StatusRuntimeException.class);
  }

  private static OpaqueProduceRequest request(int bytes) {
    return OpaqueProduceRequest.newBuilder()
        .setTopic("t")
        .setPartition(3)
        .setBatch(OpaqueRecordBatch.newBuilder().setRecords(ByteString.copyFrom(new byte[bytes])))
        .build();
  }

  private static InputStream known(byte[] bytes) {
    return new KnownStream(bytes);
  }

  private static final class KnownStream extends ByteArrayInputStream implements KnownLength {
    private KnownStream(byte[] bytes) {
      super(bytes);
    }
  }
}
