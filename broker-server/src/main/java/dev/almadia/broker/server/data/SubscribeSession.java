// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.server.data;

import dev.almadia.broker.core.BrokerError;
import dev.almadia.broker.core.Errors;
import dev.almadia.broker.core.metadata.TopicImage;
import dev.almadia.broker.core.routing.Hop;
import dev.almadia.broker.core.topics.TopicNames;
import dev.almadia.broker.server.BrokerContext;
import dev.almadia.broker.server.grpc.Statuses;
import dev.almadia.internal.v1.OpaqueFetchResponse;
import dev.almadia.internal.v1.OpaqueSubscribeResponse;
import dev.almadia.internal.v1.OpaqueSubscribedRecords;
import dev.almadia.v1.ErrorReason;
import dev.almadia.v1.FetchRequest;
import dev.almadia.v1.GoingAway;
import dev.almadia.v1.Position;
import dev.almadia.v1.SubscribeProgress;
import io.grpc.SynchronizationContext;
import io.grpc.stub.ServerCallStreamObserver;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One running subscription. Each partition is read by one long-polling fetch after the other, so
 * what a fetch promises (dense offsets, the leader found again after an election) holds for the
 * stream. A partition has at most one answer waiting to be sent, and answers are sent in the order
 * in which they came: no partition starves another, and a reader that does not read stops its
 * fetches. Everything happens in the synchronization context, one step at a time.
 */
final class SubscribeSession {
  private static final Logger LOG = LoggerFactory.getLogger(SubscribeSession.class);

  /** Bytes that a subscription may hold over all its partitions, about. */
  private static final long HELD_BYTES_MAX = 8 << 20;

  private static final long FETCH_BYTES_MAX = 1 << 20;
  private static final long FETCH_BYTES_MIN = 16 << 10;
  private static final int FETCH_WAIT_MS = 10_000;
  private static final long RETRY_PAUSE_MS = 250;

  /** A partition that has no leader for so long ends the subscription, in nanoseconds. */
  private static final long LEADERLESS_NANOS_MAX = TimeUnit.SECONDS.toNanos(60);

  /** A partition on its way. */
  static final class Follower {
    private final int partition;
    private final long stopOffset;
    private long nextOffset;
    private long highWatermark;
    private long saidNanos;
    private long failingSinceNanos;
    private boolean failing;
    private boolean done;

    /**
     * A partition to be followed.
     *
     * @param stopOffset exclusive; Long.MAX_VALUE for never
     * @param highWatermark -1 if not known yet
     */
    Follower(int partition, long nextOffset, long stopOffset, long highWatermark) {
      this.partition = partition;
      this.nextOffset = nextOffset;
      this.stopOffset = stopOffset;
      this.highWatermark = highWatermark;
    }

    private boolean caughtUp() {
      return highWatermark >= 0 && nextOffset >= highWatermark;
    }
  }

  private record Answer(Follower of, OpaqueFetchResponse response) {}

  private final BrokerContext broker;
  private final Fetching fetching;
  private final TopicImage topic;
  private final CallInfo call;
  private final ServerCallStreamObserver<OpaqueSubscribeResponse> out;
  private final long progressNanos;
  private final List<Follower> followers;
  private final List<Integer> acceptCodecs;
  private final Deque<Answer> answers = new ArrayDeque<>();
  private final SynchronizationContext sync =
      new SynchronizationContext((thread, thrown) -> broke(thrown));
  private final Farewell farewell;
  // Set in the synchronization context; the ticker reads it to forget the session.
  private volatile boolean ended;

  SubscribeSession(
      BrokerContext broker,
      Fetching fetching,
      SubscribeSpec spec,
      CallInfo call,
      ServerCallStreamObserver<OpaqueSubscribeResponse> out) {
    this.broker = broker;
    this.fetching = fetching;
    this.topic = spec.topic();
    this.progressNanos = TimeUnit.MILLISECONDS.toNanos(spec.progressMs());
    this.followers = spec.followers();
    this.acceptCodecs = spec.acceptCodecs();
    this.call = call.about(spec.topic().topicId());
    this.out = out;
    this.farewell = new Farewell(broker);
  }

  /**
   * What to follow.
   *
   * @param progressMs pause between progress messages, milliseconds
   * @param acceptCodecs numbers of the codecs that the reader can inflate
   */
  record SubscribeSpec(
      TopicImage topic, List<Follower> followers, long progressMs, List<Integer> acceptCodecs) {}

  boolean ended() {
    return ended;
  }

  void start() {
    sync.execute(
        () -> {
          for (Follower follower : followers) {
            if (follower.nextOffset >= follower.stopOffset || follower.caughtUp()) {
              follower.done = follower.nextOffset >= follower.stopOffset;
              sendProgress(follower);
            }
            fetchNext(follower);
          }
          endIfDone();
        });
  }

  /** The transport can take more. */
  void ready() {
    sync.execute(this::drain);
  }

  /** The client is gone. */
  void cancelled() {
    sync.execute(() -> ended = true);
  }

  /** Called a few times a second: progress, and farewell of a broker that is drained or stops. */
  void tick() {
    sync.execute(
        () -> {
          if (ended) {
            return;
          }
          sayFarewell();
          long now = broker.nanoTime();
          for (Follower follower : followers) {
            boolean isDue = now - follower.saidNanos >= progressNanos;
            if (!follower.done && follower.highWatermark >= 0 && isDue && out.isReady()) {
              sendProgress(follower);
            }
          }
        });
  }

  private void fetchNext(Follower follower) {
    if (ended || follower.done) {
      return;
    }
    TopicImage now = broker.image().topic(topic.name());
    if (now != null && now.topicId() != topic.topicId()) {
      fail(TopicNames.notFound(broker.image(), topic.name()));
      return;
    }
    long left = follower.stopOffset - follower.nextOffset;
    FetchRequest request =
        FetchRequest.newBuilder()
            .setTopic(topic.name())
            .setPartition(follower.partition)
            .setPosition(Position.newBuilder().setOffset(follower.nextOffset))
            .setMaxRecords((int) Math.min(Integer.MAX_VALUE, left))
            .setMaxBytes(
                Math.max(
                    FETCH_BYTES_MIN, Math.min(FETCH_BYTES_MAX, HELD_BYTES_MAX / followers.size())))
            .setMaxWaitMs(FETCH_WAIT_MS)
            .addAllAcceptCodecsValue(acceptCodecs)
            .build();
    fetching.fetch(
        request,
        call,
        new Reply<>() {
          @Override
          public void done(OpaqueFetchResponse answer) {
            sync.execute(() -> answered(follower, answer));
          }

          @Override
          public void failed(BrokerError error) {
            sync.execute(() -> notAnswered(follower, error));
          }
        });
  }

  private void answered(Follower follower, OpaqueFetchResponse response) {
    follower.failing = false;
    answers.add(new Answer(follower, response));
    drain();
  }

  private void notAnswered(Follower follower, BrokerError error) {
    if (ended) {
      return;
    }
    long now = broker.nanoTime();
    if (!follower.failing) {
      follower.failing = true;
      follower.failingSinceNanos = now;
    }
    boolean mayPass =
        Patience.mayPass(error)
            || error.reason() == ErrorReason.ERROR_REASON_READ_TIMEOUT
            || error.reason() == ErrorReason.ERROR_REASON_THROTTLED;
    boolean direct = call.hop() != Hop.PROXY;
    if (!mayPass || direct || now - follower.failingSinceNanos > LEADERLESS_NANOS_MAX) {
      fail(error);
      return;
    }
    Later.run(broker, () -> sync.execute(() -> fetchNext(follower)), RETRY_PAUSE_MS);
  }

  private void drain() {
    while (!ended && !answers.isEmpty() && out.isReady()) {
      Answer answer = answers.remove();
      sendRecords(answer.of(), answer.response());
      fetchNext(answer.of());
    }
    endIfDone();
  }

  private void sendRecords(Follower follower, OpaqueFetchResponse response) {
    boolean wasCaughtUp = follower.caughtUp();
    follower.highWatermark = Math.max(follower.highWatermark, response.getHighWatermark());
    if (response.getBatchesCount() > 0) {
      follower.nextOffset = response.getNextOffset();
      follower.saidNanos = broker.nanoTime();
      send(
          OpaqueSubscribeResponse.newBuilder()
              .setRecords(
                  OpaqueSubscribedRecords.newBuilder()
                      .setPartition(follower.partition)
                      .addAllBatches(response.getBatchesList())
                      .setNextOffset(follower.nextOffset)
                      .setHighWatermark(follower.highWatermark))
              .build());
      wasCaughtUp = false;
    }
    follower.done = follower.nextOffset >= follower.stopOffset;
    if (follower.done || (follower.caughtUp() && !wasCaughtUp)) {
      sendProgress(follower);
    }
  }

  private void sendProgress(Follower follower) {
    follower.saidNanos = broker.nanoTime();
    send(
        OpaqueSubscribeResponse.newBuilder()
            .setProgress(
                SubscribeProgress.newBuilder()
                    .setPartition(follower.partition)
                    .setNextOffset(follower.nextOffset)
                    .setHighWatermark(Math.max(0, follower.highWatermark))
                    .setCaughtUp(follower.caughtUp())
                    .setDone(follower.done))
            .build());
  }

  private void sayFarewell() {
    GoingAway message = farewell.turn();
    if (message != null) {
      send(OpaqueSubscribeResponse.newBuilder().setGoingAway(message).build());
    } else if (farewell.isOver()) {
      fail(Errors.stopping(broker.brokerId()));
    }
  }

  private void endIfDone() {
    if (!ended && followers.stream().allMatch(follower -> follower.done)) {
      ended = true;
      ObserverReply.quietly(out::onCompleted);
    }
  }

  private void fail(BrokerError error) {
    if (!ended) {
      ended = true;
      answers.clear();
      ObserverReply.quietly(() -> out.onError(Statuses.toException(error)));
    }
  }

  private void send(OpaqueSubscribeResponse message) {
    ObserverReply.quietly(() -> out.onNext(message));
  }

  private void broke(Throwable thrown) {
    LOG.error("a subscription broke", thrown);
    sync.execute(
        () ->
            fail(
                BrokerError.of(
                    ErrorReason.ERROR_REASON_INTERNAL,
                    "Internal error; the broker's log says more",
                    "broker_id",
                    broker.brokerId())));
  }
}
