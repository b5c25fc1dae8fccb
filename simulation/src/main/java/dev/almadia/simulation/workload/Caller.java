// SPDX-License-Identifier: Apache-2.0
package dev.almadia.simulation.workload;

import dev.almadia.simulation.kernel.EventLoop;
import dev.almadia.simulation.kernel.SimProcess;
import dev.almadia.simulation.kernel.SimRandom;
import io.grpc.Attributes;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.ClientInterceptor;
import io.grpc.ClientInterceptors;
import io.grpc.ClientStreamTracer;
import io.grpc.ConnectivityState;
import io.grpc.Deadline;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.stub.AbstractStub;
import io.grpc.stub.MetadataUtils;
import io.grpc.stub.StreamObserver;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The calls of one client: a channel to each broker, deadlines on the client's own clock, and a
 * watch on what comes back.
 */
final class Caller {
  private static final long LATE_MILLIS_MAX = 1_000;
  private static final double STAYS = 0.9;

  /** Clocks are wrong by less than the rest of the time. */
  private static final double NEARLY_OVER = 0.9;

  private static final Metadata.Key<String> ROUTING =
      Metadata.Key.of("almadia-routing", Metadata.ASCII_STRING_MARSHALLER);

  private final ClientWorld world;
  private final SimProcess process;
  private final Deadline.Ticker ticker;
  private final SortedMap<Integer, ManagedChannel> channels = new TreeMap<>();
  private int broker;

  Caller(ClientWorld world, SimProcess process) {
    this.world = world;
    this.process = process;
    this.ticker = world.cluster().world().network().hostOf(process).ticker();
    this.broker = anyBroker();
  }

  /**
   * How to call.
   *
   * @param method for people
   * @param broker to ask
   * @param deadlineMillis from now, positive
   * @param direct the broker must not forward it
   */
  record Ask(String method, int broker, long deadlineMillis, boolean direct) {}

  /** Number of the client, from 1. */
  int client() {
    return -process.id();
  }

  SimProcess process() {
    return process;
  }

  SimRandom random() {
    return process.random();
  }

  ClientWorld world() {
    return world;
  }

  /** A broker to ask: mostly the one that served before. */
  int broker() {
    if (!random().chance(STAYS)) {
      broker = anyBroker();
    }
    return broker;
  }

  int anyBroker() {
    return random().pick(world.cluster().deployed());
  }

  /** A broker did not serve: the next calls go elsewhere. */
  void failed(int failing) {
    if (broker == failing) {
      broker = anyBroker();
    }
  }

  /** A channel to a broker, woken up if it sleeps after a failure. */
  Channel channel(int brokerId) {
    ManagedChannel known = channels.get(brokerId);
    if (known == null) {
      known = world.cluster().channel(process, brokerId);
      channels.put(brokerId, known);
    } else if (known.getState(false) == ConnectivityState.TRANSIENT_FAILURE) {
      // gRPC pauses for up to two minutes; a good client has a back-off of its own.
      known.resetConnectBackoff();
    }
    return known;
  }

  /** In words, for reports. */
  String where(String method, int brokerId) {
    return "client " + client() + ", " + method + " at broker " + brokerId;
  }

  /**
   * A unary call.
   *
   * @param stub makes the generated stub
   * @param invoke calls the method on it
   * @param got takes the answer
   * @param failed takes the failure, which has been checked
   */
  <S extends AbstractStub<S>, R> void call(
      Ask ask,
      Function<Channel, S> stub,
      BiConsumer<S, StreamObserver<R>> invoke,
      Consumer<R> got,
      Consumer<Problem> failed) {
    Sent sent = new Sent();
    S ready =
        stub.apply(ClientInterceptors.intercept(channel(ask.broker()), sent))
            .withDeadline(Deadline.after(ask.deadlineMillis(), TimeUnit.MILLISECONDS, ticker));
    if (ask.direct()) {
      Metadata headers = new Metadata();
      headers.put(ROUTING, "direct");
      ready = ready.withInterceptors(MetadataUtils.newAttachHeadersInterceptor(headers));
    }
    invoke.accept(ready, new Answer<>(ask, sent, got, failed));
  }

  /** Waits for the one answer of a unary call. */
  private final class Answer<R> implements StreamObserver<R> {
    private final Ask ask;
    private final Sent sent;
    private final Consumer<R> got;
    private final Consumer<Problem> failed;
    private final EventLoop.Event watch;
    private final long begunNanos = process.nanoTime();
    private @Nullable R message;

    private Answer(Ask ask, Sent sent, Consumer<R> got, Consumer<Problem> failed) {
      this.ask = ask;
      this.sent = sent;
      this.got = got;
      this.failed = failed;
      this.watch =
          process.afterMillis(
              ask.deadlineMillis() + LATE_MILLIS_MAX,
              () ->
                  world
                      .conduct()
                      .wrong(
                          "a call ends at its deadline",
                          where() + ": nothing after " + ask.deadlineMillis() + " ms and more"));
    }

    private String where() {
      return Caller.this.where(ask.method(), ask.broker());
    }

    @Override
    public void onNext(R received) {
      if (message != null) {
        world.conduct().wrong("a unary call has one answer", where());
      }
      message = received;
    }

    @Override
    public void onError(Throwable error) {
      watch.cancel();
      Problem problem = Problem.ofCall(error, sent.happened);
      long lastedMillis = TimeUnit.NANOSECONDS.toMillis(process.nanoTime() - begunNanos);
      boolean nearlyOver = lastedMillis >= ask.deadlineMillis() * NEARLY_OVER;
      world.conduct().check(where(), problem, nearlyOver);
      if (problem.mayPass()) {
        Caller.this.failed(ask.broker());
      }
      failed.accept(problem);
    }

    @Override
    public void onCompleted() {
      watch.cancel();
      R received = message;
      if (received == null) {
        world.conduct().wrong("a unary call has one answer", where() + " has none");
      } else {
        got.accept(received);
      }
    }
  }

  /** Notes whether a request got as far as a connection; if not, no broker has seen it. */
  static final class Sent implements ClientInterceptor {
    private boolean happened;

    boolean happened() {
      return happened;
    }

    @Override
    public <Q, R> ClientCall<Q, R> interceptCall(
        MethodDescriptor<Q, R> method, CallOptions options, Channel next) {
      ClientStreamTracer.Factory factory =
          new ClientStreamTracer.Factory() {
            @Override
            public ClientStreamTracer newClientStreamTracer(
                ClientStreamTracer.StreamInfo info, Metadata headers) {
              return new ClientStreamTracer() {
                @Override
                public void streamCreated(Attributes transport, Metadata sentHeaders) {
                  happened = true;
                }
              };
            }
          };
      return next.newCall(method, options.withStreamTracerFactory(factory));
    }
  }
}
