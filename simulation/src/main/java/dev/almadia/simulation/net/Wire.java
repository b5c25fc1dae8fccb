// SPDX-License-Identifier: Apache-2.0
package dev.almadia.simulation.net;

import io.grpc.KnownLength;
import io.grpc.Metadata;
import io.grpc.Status;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;

/** What calls carry, as bytes or as copies, so that no object is shared between processes. */
final class Wire {
  private Wire() {}

  /** A message as a connection carries it. */
  static byte[] bytes(InputStream message) {
    try (message) {
      if (message instanceof KnownLength) {
        byte[] bytes = new byte[message.available()];
        if (message.readNBytes(bytes, 0, bytes.length) != bytes.length) {
          throw new IOException("a message is shorter than it says");
        }
        return bytes;
      }
      return message.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** What a marshaller reads. */
  static InputStream stream(byte[] bytes) {
    return new Received(bytes);
  }

  static Metadata copy(Metadata metadata) {
    Metadata copy = new Metadata();
    copy.merge(metadata);
    return copy;
  }

  /** Causes do not travel. */
  static Status copy(Status status) {
    return Status.fromCode(status.getCode()).withDescription(status.getDescription());
  }

  private static final class Received extends ByteArrayInputStream implements KnownLength {
    Received(byte[] bytes) {
      super(bytes);
    }
  }
}
