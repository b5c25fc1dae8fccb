// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import dev.almadia.broker.core.routing.Hop;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.ServerCall;
import io.grpc.Status;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class CallHopsTest {
  private final List<Hop> hops = new ArrayList<>();

  @Test
  void aClientCannotPassForABroker() {
    Metadata headers = marked();

    run(false, headers);

    assertThat(hops).containsExactly(Hop.PROXY);
    assertThat(headers.containsKey(Forwarder.FORWARDED)).isFalse();
  }

  @Test
  void theInternalPortBelievesTheMark() {
    Metadata headers = marked();

    run(true, headers);

    assertThat(hops).containsExactly(Hop.FORWARDED);
    assertThat(headers.containsKey(Forwarder.FORWARDED)).isTrue();
  }

  private static Metadata marked() {
    Metadata headers = new Metadata();
    headers.put(Forwarder.FORWARDED, "2");
    return headers;
  }

  private void run(boolean internal, Metadata headers) {
    var unused =
        new CallHops(internal)
            .interceptCall(
                new SilentCall(),
                headers,
                (call, seen) -> {
                  hops.add(CallHops.current());
                  return new ServerCall.Listener<>() {};
                });
  }

  /** A call of which nobody wants anything. */
  private static final class SilentCall extends ServerCall<byte[], byte[]> {
    @Override
    public void request(int count) {}

    @Override
    public void sendHeaders(Metadata headers) {}

    @Override
    public void sendMessage(byte[] message) {}

    @Override
    public void close(Status status, Metadata trailers) {}

    @Override
    public boolean isCancelled() {
      return false;
    }

    @Override
    public MethodDescriptor<byte[], byte[]> getMethodDescriptor() {
      throw new UnsupportedOperationException();
    }
  }
}
