// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.server.grpc;

import dev.almadia.broker.core.BrokerError;
import dev.almadia.broker.server.StartupException;
import dev.almadia.broker.server.config.Endpoint;
import dev.almadia.broker.server.config.Setting;
import io.grpc.Server;
import io.grpc.ServerInterceptor;
import io.grpc.ServerServiceDefinition;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.protobuf.services.HealthStatusManager;
import io.grpc.protobuf.services.ProtoReflectionServiceV1;
import io.micrometer.core.instrument.MeterRegistry;
import io.netty.channel.ChannelOption;
import java.io.IOException;
import java.net.BindException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The two gRPC ports. Handlers run on the event loops and never block: a hand-over to a pool costs
 * three times the work of a small call. Every bound that gRPC leaves open by default is set.
 */
public final class GrpcServers {
  /** Largest message on the public port: the largest batch and its wrapping. */
  public static final int PUBLIC_MESSAGE_BYTES_MAX = (4 << 20) + (64 << 10);

  /** Largest message on the internal port: a frame with one entry of any size, or many small. */
  public static final int INTERNAL_MESSAGE_BYTES_MAX = 16 << 20;

  private static final String INTERNAL = "internal";
  private static final String PUBLIC = "public";
  private static final int METADATA_BYTES_MAX = 8 << 10;
  private static final int CLIENT_WINDOW_BYTES = 1 << 20;
  private static final int PEER_WINDOW_BYTES = 4 << 20;
  private static final int BACKLOG = 1024;
  private static final long HANDSHAKE_SECONDS = 5;
  private static final long CLIENT_PING_SECONDS = 10;
  private static final long PEER_PING_MILLIS = 400;

  /** The server's side pings, because a channel of this gRPC does not ping below 10 s. */
  private static final long PEER_KEEPALIVE_SECONDS = 1;

  /** Longer than any pause that a busy machine makes; a dead leader is noticed by Raft before. */
  private static final long PEER_KEEPALIVE_TIMEOUT_SECONDS = 4;

  private static final long SERVER_PING_SECONDS = 60;
  private static final long SERVER_PING_TIMEOUT_SECONDS = 10;
  private static final long IDLE_MINUTES = 30;

  /**
   * Each call whose deadline passes is a reset: 2,000 calls a second with short deadlines must not
   * lose their connection when a partition has no leader for a moment. An attack sends far more.
   */
  private static final int RESETS_MAX = 20_000;

  private static final int RESETS_WINDOW_SECONDS = 10;

  private final MeterRegistry meters;
  private final Function<String, @Nullable BrokerError> refusal;
  private final int callsPerConnectionMax;

  /**
   * Makes servers.
   *
   * @param refusal why calls of a method of the public API are refused now; null if they are not
   * @param callsPerConnectionMax calls at once on one connection of a client
   */
  public GrpcServers(
      MeterRegistry meters,
      Function<String, @Nullable BrokerError> refusal,
      int callsPerConnectionMax) {
    this.meters = meters;
    this.refusal = refusal;
    this.callsPerConnectionMax = callsPerConnectionMax;
  }

  /**
   * Opens the public port.
   *
   * @throws StartupException naming port and setting if it is in use
   */
  public Server startPublic(
      Endpoint endpoint, List<ServerServiceDefinition> services, HealthStatusManager health)
      throws StartupException {
    NettyServerBuilder builder =
        builder(endpoint, false)
            .flowControlWindow(CLIENT_WINDOW_BYTES)
            .maxInboundMessageSize(PUBLIC_MESSAGE_BYTES_MAX)
            .maxConcurrentCallsPerConnection(callsPerConnectionMax)
            .maxConnectionIdle(IDLE_MINUTES, TimeUnit.MINUTES)
            .permitKeepAliveTime(CLIENT_PING_SECONDS, TimeUnit.SECONDS)
            .keepAliveTime(SERVER_PING_SECONDS, TimeUnit.SECONDS)
            .keepAliveTimeout(SERVER_PING_TIMEOUT_SECONDS, TimeUnit.SECONDS)
            .maxRstFramesPerWindow(RESETS_MAX, RESETS_WINDOW_SECONDS)
            .addService(health.getHealthService())
            .addService(ProtoReflectionServiceV1.newInstance());
    services.forEach(builder::addService);
    return start(builder, endpoint, Setting.LISTEN);
  }

  /**
   * Opens the port for brokers.
   *
   * @throws StartupException naming port and setting if it is in use
   */
  public Server startInternal(Endpoint endpoint, List<ServerServiceDefinition> services)
      throws StartupException {
    NettyServerBuilder builder =
        builder(endpoint, true)
            .flowControlWindow(PEER_WINDOW_BYTES)
            .maxInboundMessageSize(INTERNAL_MESSAGE_BYTES_MAX)
            .permitKeepAliveTime(PEER_PING_MILLIS, TimeUnit.MILLISECONDS)
            .keepAliveTime(PEER_KEEPALIVE_SECONDS, TimeUnit.SECONDS)
            .keepAliveTimeout(PEER_KEEPALIVE_TIMEOUT_SECONDS, TimeUnit.SECONDS);
    services.forEach(builder::addService);
    return start(builder, endpoint, Setting.INTERNAL_LISTEN);
  }

  /** What stands before each service of a port; the last one is the outermost. */
  public List<ServerInterceptor> interceptors(boolean internal) {
    return List.of(
        new CallHops(internal),
        new ErrorInterceptor(refusal),
        new CallInterceptor(meters, internal ? INTERNAL : PUBLIC));
  }

  /** Sets the state of the whole and of each service. */
  public static void setServing(
      HealthStatusManager health, List<ServerServiceDefinition> services, boolean serving) {
    ServingStatus status = serving ? ServingStatus.SERVING : ServingStatus.NOT_SERVING;
    health.setStatus(HealthStatusManager.SERVICE_NAME_ALL_SERVICES, status);
    for (ServerServiceDefinition service : services) {
      health.setStatus(service.getServiceDescriptor().getName(), status);
    }
  }

  private NettyServerBuilder builder(Endpoint endpoint, boolean internal) {
    NettyServerBuilder builder =
        NettyServerBuilder.forAddress(endpoint.toSocketAddress())
            .directExecutor()
            .permitKeepAliveWithoutCalls(true)
            .handshakeTimeout(HANDSHAKE_SECONDS, TimeUnit.SECONDS)
            .maxInboundMetadataSize(METADATA_BYTES_MAX)
            .withOption(ChannelOption.SO_BACKLOG, BACKLOG)
            .withChildOption(ChannelOption.TCP_NODELAY, true);
    interceptors(internal).forEach(builder::intercept);
    return builder;
  }

  private static Server start(NettyServerBuilder builder, Endpoint endpoint, Setting setting)
      throws StartupException {
    Server server = builder.build();
    try {
      return server.start();
    } catch (IOException e) {
      throw cannotListen(endpoint, setting, e);
    }
  }

  /** One line that names port and setting. */
  public static StartupException cannotListen(Endpoint endpoint, Setting setting, IOException e) {
    List<String> causes = new ArrayList<>();
    boolean inUse = false;
    boolean notHere = false;
    for (Throwable cause = e; cause != null; cause = cause.getCause()) {
      String text = String.valueOf(cause.getMessage());
      inUse |= cause instanceof BindException && text.contains("in use");
      inUse |= text.contains("Address already in use");
      notHere |= text.contains("assign requested address");
      causes.add(text);
    }
    String why = causes.get(causes.size() - 1);
    if (inUse) {
      why = "port " + endpoint.port() + " is in use by another process; end it or set another port";
    } else if (notHere) {
      why = "this machine has no such address; set one that it has, or 0.0.0.0 and advertise";
    }
    return new StartupException(
        "cannot listen on " + endpoint + " (setting " + setting.key() + "): " + why, e);
  }
}
