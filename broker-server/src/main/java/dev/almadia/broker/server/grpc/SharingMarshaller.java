// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.server.grpc;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.ExtensionRegistryLite;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.protobuf.UnsafeByteOperations;
import io.grpc.KnownLength;
import io.grpc.MethodDescriptor.PrototypeMarshaller;
import io.grpc.Status;
import io.grpc.protobuf.ProtoUtils;
import java.io.IOException;
import java.io.InputStream;

/**
 * Reads a message into one array of its own, which the message's byte strings share: records are
 * copied once on their way in, from the transport's buffers. Writes as gRPC does. Any thread.
 *
 * @param <M> the message
 */
final class SharingMarshaller<M extends Message> implements PrototypeMarshaller<M> {
  private final PrototypeMarshaller<M> plain;
  private final M prototype;

  SharingMarshaller(M prototype) {
    this.prototype = prototype;
    this.plain = (PrototypeMarshaller<M>) ProtoUtils.marshaller(prototype);
  }

  @Override
  public InputStream stream(M message) {
    return plain.stream(message);
  }

  @Override
  public M parse(InputStream stream) {
    try {
      if (!(stream instanceof KnownLength)) {
        return plain.parse(stream);
      }
      // The transport has bounded the size of the message before it gives it out.
      byte[] bytes = new byte[stream.available()];
      if (stream.readNBytes(bytes, 0, bytes.length) != bytes.length) {
        throw new IOException("a message is shorter than it says");
      }
      return parse(bytes);
    } catch (IOException e) {
      throw Status.INTERNAL
          .withDescription("Invalid protobuf byte sequence")
          .withCause(e)
          .asRuntimeException();
    }
  }

  private M parse(byte[] bytes) throws IOException {
    CodedInputStream in = UnsafeByteOperations.unsafeWrap(bytes).newCodedInput();
    in.enableAliasing(true);
    Message message =
        prototype.getParserForType().parseFrom(in, ExtensionRegistryLite.getEmptyRegistry());
    in.checkLastTagWas(0);
    if (!getMessageClass().isInstance(message)) {
      throw new InvalidProtocolBufferException("not a " + getMessageClass());
    }
    return getMessageClass().cast(message);
  }

  @Override
  public Class<M> getMessageClass() {
    return plain.getMessageClass();
  }

  @Override
  public M getMessagePrototype() {
    return prototype;
  }
}
