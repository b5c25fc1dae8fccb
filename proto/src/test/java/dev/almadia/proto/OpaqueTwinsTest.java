// SPDX-License-Identifier: Apache-2.0
package dev.almadia.proto;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.EnumValueDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.DynamicMessage;
import com.google.protobuf.Message;
import dev.almadia.internal.v1.OpaqueProto;
import dev.almadia.v1.ConsumerServiceProto;
import dev.almadia.v1.ProducerServiceProto;
import dev.almadia.v1.RecordProto;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The broker's view of a public message has the same wire form, field by field. */
class OpaqueTwinsTest {
  private static final String PREFIX = "Opaque";

  static Stream<Descriptor> opaqueMessages() {
    return OpaqueProto.getDescriptor().getMessageTypes().stream();
  }

  @ParameterizedTest
  @MethodSource("opaqueMessages")
  void hasEveryFieldOfItsTwinAndNoOther(Descriptor opaque) {
    Descriptor twin = twinOf(opaque);

    assertThat(shared(opaque, twin).stream().map(OpaqueTwinsTest::shape))
        .containsExactlyInAnyOrderElementsOf(
            twin.getFields().stream().map(OpaqueTwinsTest::shape).toList());
    for (FieldDescriptor field : shared(opaque, twin)) {
      assertSameWireForm(field, twin.findFieldByNumber(field.getNumber()));
    }
  }

  @ParameterizedTest
  @MethodSource("opaqueMessages")
  void carriesTheTwinThereAndBack(Descriptor opaque) throws Exception {
    Descriptor twin = twinOf(opaque);
    Random random = new Random(opaque.getFullName().hashCode());
    for (int round = 0; round < 300; round++) {
      Message original = random(twin, random, 3);
      ByteString bytes = original.toByteString();

      Message seen = DynamicMessage.parseFrom(opaque, bytes);
      Message back = DynamicMessage.parseFrom(twin, seen.toByteString());

      assertThat(seen.getUnknownFields().asMap()).isEmpty();
      assertThat(seen.toByteString()).isEqualTo(bytes);
      assertThat(back).isEqualTo(original);
      for (FieldDescriptor field : shared(opaque, twin)) {
        FieldDescriptor other = twin.findFieldByNumber(field.getNumber());
        if (field.getType() == other.getType() && field.getType() != FieldDescriptor.Type.MESSAGE) {
          assertThat(seen.getField(field).toString())
              .isEqualTo(original.getField(other).toString());
        }
      }
    }
  }

  /** What brokers say to each other in it is reserved in the twin. */
  private static List<FieldDescriptor> shared(Descriptor opaque, Descriptor twin) {
    return opaque.getFields().stream()
        .filter(field -> !twin.isReservedNumber(field.getNumber()))
        .toList();
  }

  private static Descriptor twinOf(Descriptor opaque) {
    assertThat(opaque.getName()).startsWith(PREFIX);
    String name = opaque.getName().substring(PREFIX.length());
    return Stream.of(
            RecordProto.getDescriptor(),
            ProducerServiceProto.getDescriptor(),
            ConsumerServiceProto.getDescriptor())
        .map(file -> file.findMessageTypeByName(name))
        .filter(Objects::nonNull)
        .findFirst()
        .orElseThrow(() -> new AssertionError("no public message " + name));
  }

  private static List<Object> shape(FieldDescriptor field) {
    return List.of(
        field.getNumber(),
        field.getName(),
        field.isRepeated(),
        field.hasPresence(),
        field.getRealContainingOneof() == null ? "" : field.getRealContainingOneof().getName());
  }

  /** Equal types; or the twin's message as bytes; or the twin's message as its own twin. */
  private static void assertSameWireForm(FieldDescriptor opaque, FieldDescriptor twin) {
    if (opaque.getType() == FieldDescriptor.Type.BYTES
        && twin.getType() == FieldDescriptor.Type.MESSAGE) {
      return;
    }
    assertThat(opaque.getType()).as(opaque.getFullName()).isEqualTo(twin.getType());
    if (opaque.getType() == FieldDescriptor.Type.MESSAGE) {
      String name = opaque.getMessageType().getName();
      assertThat(name)
          .isIn(twin.getMessageType().getName(), PREFIX + twin.getMessageType().getName());
    }
  }

  private static Message random(Descriptor type, Random random, int depth) {
    DynamicMessage.Builder message = DynamicMessage.newBuilder(type);
    for (FieldDescriptor field : type.getFields()) {
      if (random.nextInt(4) == 0 || field.isMapField()) {
        continue;
      }
      if (field.isRepeated()) {
        for (int i = random.nextInt(3); i > 0; i--) {
          message.addRepeatedField(field, value(field, random, depth));
        }
      } else {
        message.setField(field, value(field, random, depth));
      }
    }
    return message.build();
  }

  private static Object value(FieldDescriptor field, Random random, int depth) {
    return switch (field.getJavaType()) {
      case INT -> random.nextInt();
      case LONG -> random.nextLong();
      case BOOLEAN -> random.nextBoolean();
      case STRING -> "s" + random.nextInt(100);
      case BYTE_STRING -> ByteString.copyFromUtf8("b" + random.nextInt(100));
      case FLOAT -> random.nextFloat();
      case DOUBLE -> random.nextDouble();
      case ENUM -> {
        List<EnumValueDescriptor> values = field.getEnumType().getValues();
        yield values.get(random.nextInt(values.size()));
      }
      case MESSAGE ->
          depth == 0
              ? DynamicMessage.getDefaultInstance(field.getMessageType())
              : random(field.getMessageType(), random, depth - 1);
    };
  }
}
