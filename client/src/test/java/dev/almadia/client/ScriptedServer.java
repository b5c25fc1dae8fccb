// SPDX-License-Identifier: Apache-2.0
package dev.almadia.client;

import com.google.protobuf.Any;
import com.google.rpc.ErrorInfo;
import dev.almadia.v1.ErrorReason;
import io.grpc.BindableService;
import io.grpc.Server;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.protobuf.StatusProto;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** A real gRPC server on loopback whose services a test wrote. */
final class ScriptedServer implements AutoCloseable {
  private final Server server;

  ScriptedServer(BindableService... services) throws IOException {
    NettyServerBuilder builder =
        NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
            .permitKeepAliveTime(1, TimeUnit.SECONDS)
            .permitKeepAliveWithoutCalls(true);
    for (BindableService service : services) {
      builder.addService(service);
    }
    server = builder.build().start();
  }

  HostAndPort address() {
    return new HostAndPort("127.0.0.1", server.getPort());
  }

  /** An error as the broker makes it. */
  static StatusRuntimeException error(
      ErrorReason reason, String message, Map<String, String> data) {
    com.google.rpc.Status status =
        com.google.rpc.Status.newBuilder()
            .setCode(Reasons.info(reason).getGrpcCode())
            .setMessage(message)
            .addDetails(
                Any.pack(
                    ErrorInfo.newBuilder()
                        .setDomain("almadia.dev")
                        .setReason(Reasons.name(reason))
                        .putAllMetadata(data)
                        .build()))
            .build();
    return StatusProto.toStatusRuntimeException(status);
  }

  @Override
  public void close() {
    stop();
  }

  /** Breaks all connections; may be called before the end. */
  void stop() {
    server.shutdownNow();
    try {
      server.awaitTermination(5, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
