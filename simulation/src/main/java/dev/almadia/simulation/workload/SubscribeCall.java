// SPDX-License-Identifier: Apache-2.0
package dev.almadia.simulation.workload;

import dev.almadia.simulation.kernel.EventLoop;
import dev.almadia.v1.ConsumerServiceGrpc;
import dev.almadia.v1.SubscribeProgress;
import dev.almadia.v1.SubscribeRequest;
import dev.almadia.v1.SubscribeResponse;
import dev.almadia.v1.SubscribedRecords;
import io.grpc.ClientInterceptors;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import org.jspecify.annotations.Nullable;

/** One Subscribe stream, from its opening to its end. */
final class SubscribeCall implements ClientResponseObserver<SubscribeRequest, SubscribeResponse> {
  /** A stream that says nothing for so long has lost its broker. */
  private static final long SILENCE_MILLIS_MAX = 8_000;

  private static final long PAUSE_MILLIS_MAX = 4_000;

  /** Hears what the stream brings. */
  interface Listener {
    /** Records of a partition. */
    void records(SubscribedRecords message, String where);

    /** How far a partition is. */
    void progress(SubscribeProgress message, String where);

    /** Nothing more comes; null if the client or the broker ended it in peace. */
    void ended(@Nullable Problem problem);
  }

  /**
   * How it is read.
   *
   * @param slowness share of the messages after which nothing is asked for during a while
   * @param millis after so long the client has enough
   * @param stops the request says where to stop
   */
  record Reader(double slowness, long millis, boolean stops) {}

  private final Caller caller;
  private final int broker;
  private final Reader reader;
  private final Listener listener;
  private final Caller.Sent sent = new Caller.Sent();
  private @Nullable ClientCallStreamObserver<SubscribeRequest> call;
  private EventLoop.@Nullable Event silence;
  private EventLoop.@Nullable Event end;
  private boolean cancelled;
  private boolean over;

  SubscribeCall(Caller caller, int broker, Reader reader, Listener listener) {
    this.caller = caller;
    this.broker = broker;
    this.reader = reader;
    this.listener = listener;
  }

  void open(SubscribeRequest request) {
    ConsumerServiceGrpc.newStub(ClientInterceptors.intercept(caller.channel(broker), sent))
        .subscribe(request, this);
    listen();
    end = caller.process().afterMillis(reader.millis(), () -> cancel("enough"));
  }

  @Override
  public void beforeStart(ClientCallStreamObserver<SubscribeRequest> started) {
    call = started;
    started.disableAutoRequestWithInitial(1);
  }

  void cancel(String why) {
    ClientCallStreamObserver<SubscribeRequest> open = call;
    if (open != null && !over && !cancelled) {
      cancelled = true;
      open.cancel(why, null);
    }
  }

  private String where() {
    return caller.where("Subscribe", broker);
  }

  private void listen() {
    deaf();
    silence = caller.process().afterMillis(SILENCE_MILLIS_MAX, () -> cancel("no word"));
  }

  private void deaf() {
    EventLoop.Event waiting = silence;
    if (waiting != null) {
      waiting.cancel();
    }
  }

  @Override
  public void onNext(SubscribeResponse message) {
    switch (message.getMessageCase()) {
      case RECORDS -> listener.records(message.getRecords(), where());
      case PROGRESS -> listener.progress(message.getProgress(), where());
      case GOING_AWAY -> goingAway(message.getGoingAway().getGraceMs());
      case MESSAGE_NOT_SET -> caller.world().conduct().wrong("a message says something", where());
    }
    if (caller.random().chance(reader.slowness())) {
      deaf();
      caller.process().afterMillis(caller.random().between(1, PAUSE_MILLIS_MAX), this::requestNext);
    } else {
      requestNext();
    }
  }

  /** A good client leaves within the grace; another one is told to. */
  private void goingAway(int graceMillis) {
    caller.failed(broker);
    if (caller.random().chance(0.7)) {
      caller
          .process()
          .afterMillis(
              caller.random().between(0, Math.max(1, graceMillis)),
              () -> cancel("the broker goes away"));
    }
  }

  private void requestNext() {
    ClientCallStreamObserver<SubscribeRequest> open = call;
    if (open != null && !over) {
      open.request(1);
      listen();
    }
  }

  @Override
  public void onError(Throwable error) {
    Problem problem = Problem.ofCall(error, sent.happened());
    caller.world().conduct().check(where(), problem, cancelled);
    if (problem.mayPass() && !cancelled) {
      caller.failed(broker);
    }
    end(cancelled ? null : problem);
  }

  @Override
  public void onCompleted() {
    if (!reader.stops()) {
      caller.world().conduct().wrong("a subscription without stop has no end", where());
    }
    end(null);
  }

  private void end(@Nullable Problem problem) {
    over = true;
    deaf();
    EventLoop.Event waiting = end;
    if (waiting != null) {
      waiting.cancel();
    }
    listener.ended(problem);
  }
}
