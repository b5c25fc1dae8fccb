// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.server.peer;

import dev.almadia.broker.core.BrokerError;
import dev.almadia.broker.server.config.Endpoint;
import dev.almadia.broker.server.grpc.GrpcServers;
import dev.almadia.broker.server.grpc.Statuses;
import dev.almadia.internal.v1.ControlRequest;
import dev.almadia.internal.v1.ControlResponse;
import dev.almadia.internal.v1.DataRequest;
import dev.almadia.internal.v1.DataResponse;
import dev.almadia.internal.v1.PeerFrame;
import dev.almadia.internal.v1.PeerHello;
import dev.almadia.internal.v1.PeerServiceGrpc;
import dev.almadia.raft.link.Lane;
import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.netty.NettyChannelBuilder;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Our two streams to one peer. Keeps trying: after an end it connects again, 50 ms later at first
 * and 1 s at most, each time with a new channel, because a channel's own back-off grows to minutes
 * and its state would let calls fail that a new connection could serve.
 *
 * <p>Life of an attempt: channel, both streams with a hello, both answers checked, up; whatever
 * ends one stream ends the attempt. All of it runs on the timer thread, but {@link #send}.
 */
final class OutboundPeer {
  private static final long BACKOFF_MIN_MS = 50;
  private static final long BACKOFF_MAX_MS = 1000;
  private static final long HELLO_TIMEOUT_MS = 5000;
  private static final long PING_SECONDS = 10;

  /** Raft notices a silent peer long before; a busy machine may well be silent for two seconds. */
  private static final long PING_TIMEOUT_SECONDS = 4;

  private static final int WINDOW_BYTES = 4 << 20;
  private static final int READY_BYTES = 1 << 20;

  private final int brokerId;
  private final PeerWorld world;
  private final Function<Endpoint, ManagedChannel> channels;
  private final PeerState state;
  private final PeerProblems problems;
  private final ScheduledExecutorService timers;
  private long backoffMs = BACKOFF_MIN_MS;
  private boolean closed;
  // Written on the timer thread, read by senders.
  private volatile @Nullable Attempt current;

  /**
   * A peer that nothing is connected to yet.
   *
   * @param channels makes a new channel to an address; it is shut down with the attempt
   */
  OutboundPeer(
      int brokerId, PeerWorld world, PeerState state, Function<Endpoint, ManagedChannel> channels) {
    this.brokerId = brokerId;
    this.channels = channels;
    this.world = world;
    this.state = state;
    this.timers = world.timers();
    this.problems = new PeerProblems(brokerId, world.nanoTime());
  }

  /** A channel over the machine's own network. */
  static ManagedChannel nettyChannel(Endpoint address) {
    return NettyChannelBuilder.forAddress(address.host(), address.port())
        .usePlaintext()
        .directExecutor()
        .disableRetry()
        .maxInboundMessageSize(GrpcServers.INTERNAL_MESSAGE_BYTES_MAX)
        .flowControlWindow(WINDOW_BYTES)
        .keepAliveTime(PING_SECONDS, TimeUnit.SECONDS)
        .keepAliveTimeout(PING_TIMEOUT_SECONDS, TimeUnit.SECONDS)
        .keepAliveWithoutCalls(true)
        .build();
  }

  void start() {
    later(this::attempt, 0);
  }

  /** Any thread. */
  boolean send(Lane lane, List<PeerFrame> frames, long bytes) {
    Attempt attempt = current;
    if (attempt == null) {
      return false;
    }
    return switch (lane) {
      case CONTROL -> attempt.control.offer(frames, bytes);
      case DATA -> attempt.data.offer(frames, bytes);
    };
  }

  /** Bytes that wait. Any thread. */
  long queuedBytes() {
    Attempt attempt = current;
    return attempt == null ? 0 : attempt.control.queuedBytes() + attempt.data.queuedBytes();
  }

  /** The peer is there: do not wait for the back-off. Any thread. */
  void nudge() {
    later(
        () -> {
          backoffMs = BACKOFF_MIN_MS;
          attempt();
        },
        0);
  }

  /** Checks the peer again with the newest metadata. Any thread. */
  void recheck() {
    later(
        () -> {
          Attempt attempt = current;
          PeerHello hello = attempt == null ? null : attempt.hello;
          BrokerError refusal = hello == null ? null : world.rules().refusalOf(hello);
          if (attempt != null && refusal != null) {
            ended(attempt, Statuses.toException(refusal).getStatus());
          }
        },
        0);
  }

  /** Any thread; at once. */
  void close() {
    later(
        () -> {
          closed = true;
          Attempt attempt = current;
          if (attempt != null) {
            attempt.end();
          }
        },
        0);
  }

  private void attempt() {
    Endpoint address = world.addressOf(brokerId);
    if (closed || current != null || address == null) {
      return;
    }
    Attempt attempt = new Attempt(address);
    current = attempt;
    attempt.begin();
    later(
        () -> {
          if (current == attempt && !attempt.isUp()) {
            ended(attempt, Status.DEADLINE_EXCEEDED.withDescription("no answer to the hello"));
          }
        },
        HELLO_TIMEOUT_MS);
  }

  /** Timer thread. */
  private void ended(Attempt attempt, Status status) {
    if (current != attempt) {
      return;
    }
    current = null;
    boolean wasUp = attempt.isUp();
    attempt.end();
    state.set(PeerState.Part.OUTBOUND, false);
    if (closed) {
      return;
    }
    problems.report(attempt.address, status, wasUp);
    long pauseMs = backoffMs;
    backoffMs = Math.min(BACKOFF_MAX_MS, backoffMs * 2);
    later(this::attempt, pauseMs);
  }

  private void answered(Attempt attempt, OutboundLane<?> lane, PeerHello hello) {
    if (current != attempt) {
      return;
    }
    BrokerError refusal = world.rules().refusalOf(hello);
    if (refusal != null || hello.getBrokerId() != brokerId) {
      Status status =
          refusal != null
              ? Statuses.toException(refusal).getStatus()
              : Status.FAILED_PRECONDITION.withDescription(
                  "the address is that of broker " + hello.getBrokerId());
      ended(attempt, status);
      return;
    }
    attempt.hello = hello;
    lane.opened();
    if (attempt.isUp()) {
      backoffMs = BACKOFF_MIN_MS;
      problems.solved(attempt.address);
      state.set(PeerState.Part.OUTBOUND, true);
    }
  }

  private void later(Runnable task, long delayMs) {
    try {
      var unused = timers.schedule(task, delayMs, TimeUnit.MILLISECONDS);
    } catch (RejectedExecutionException e) {
      // The broker is closing, and the timers went first: end what is open, start nothing.
      closed = true;
      Attempt attempt = current;
      if (attempt != null) {
        attempt.end();
      }
    }
  }

  /** One try, from its channel to its end. */
  private final class Attempt {
    private final Endpoint address;
    private final ManagedChannel channel;
    private final ClientCall<ControlRequest, ControlResponse> controlCall;
    private final ClientCall<DataRequest, DataResponse> dataCall;
    private final OutboundLane<ControlRequest> control;
    private final OutboundLane<DataRequest> data;
    private @Nullable PeerHello hello;

    Attempt(Endpoint address) {
      this.address = address;
      channel = channels.apply(address);
      controlCall = newCall(PeerServiceGrpc.getControlMethod());
      dataCall = newCall(PeerServiceGrpc.getDataMethod());
      control =
          new OutboundLane<>(
              controlCall,
              frame -> ControlRequest.newBuilder().setFrame(frame).build(),
              world.queueBytesMax());
      data =
          new OutboundLane<>(
              dataCall,
              frame -> DataRequest.newBuilder().setFrame(frame).build(),
              world.queueBytesMax());
    }

    private <Q, R> ClientCall<Q, R> newCall(MethodDescriptor<Q, R> method) {
      return channel.newCall(method, CallOptions.DEFAULT.withOnReadyThreshold(READY_BYTES));
    }

    void begin() {
      PeerHello own = world.rules().helloTo(brokerId);
      begin(
          controlCall,
          control,
          ControlRequest.newBuilder().setHello(own).build(),
          ControlResponse::getHello);
      begin(dataCall, data, DataRequest.newBuilder().setHello(own).build(), DataResponse::getHello);
    }

    private <Q, R> void begin(
        ClientCall<Q, R> call, OutboundLane<Q> lane, Q first, Function<R, PeerHello> helloOf) {
      call.start(
          new ClientCall.Listener<>() {
            @Override
            public void onMessage(R message) {
              later(() -> answered(Attempt.this, lane, helloOf.apply(message)), 0);
            }

            @Override
            public void onReady() {
              lane.drain();
            }

            @Override
            public void onClose(Status status, Metadata trailers) {
              lane.end();
              if (current == Attempt.this) {
                // Raft hears it here, not after the timer thread's turn.
                state.set(PeerState.Part.OUTBOUND, false);
              }
              later(() -> ended(Attempt.this, status), 0);
            }
          },
          new Metadata());
      call.request(2);
      call.sendMessage(first);
    }

    boolean isUp() {
      return control.isOpen() && data.isOpen();
    }

    void end() {
      control.end();
      data.end();
      channel.shutdownNow();
    }
  }
}
