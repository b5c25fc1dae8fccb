// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.server.data;

import dev.almadia.broker.core.BrokerError;
import dev.almadia.broker.core.Errors;
import dev.almadia.broker.core.metadata.TopicImage;
import dev.almadia.broker.server.BrokerContext;
import dev.almadia.broker.server.grpc.Statuses;
import dev.almadia.internal.v1.OpaqueSubscribeResponse;
import dev.almadia.v1.ErrorReason;
import dev.almadia.v1.Failure;
import dev.almadia.v1.Position;
import dev.almadia.v1.ResolveOffsetsRequest;
import dev.almadia.v1.ResolveOffsetsResponse;
import dev.almadia.v1.ResolvedOffset;
import dev.almadia.v1.SubscribeRequest;
import io.grpc.stub.ServerCallStreamObserver;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Subscribe: checks a request, resolves start and stop once, and runs the session. Any thread may
 * call; nothing blocks.
 */
final class Subscribing {
  private static final int PROGRESS_MS_DEFAULT = 5_000;
  private static final int PROGRESS_MS_MAX = 60_000;

  private final BrokerContext broker;
  private final TopicLookup topics;
  private final Resolving resolving;
  private final Fetching fetching;
  private final Queue<SubscribeSession> sessions = new ConcurrentLinkedQueue<>();

  Subscribing(BrokerContext broker, TopicLookup topics, Resolving resolving, Fetching fetching) {
    this.broker = broker;
    this.topics = topics;
    this.resolving = resolving;
    this.fetching = fetching;
  }

  /** Called a few times a second. */
  void tick() {
    sessions.forEach(SubscribeSession::tick);
    sessions.removeIf(SubscribeSession::ended);
  }

  int sessionCount() {
    return sessions.size();
  }

  /** Starts a subscription; in the method's handler. */
  void subscribe(
      SubscribeRequest request,
      CallInfo call,
      ServerCallStreamObserver<OpaqueSubscribeResponse> out) {
    SessionHolder holder = new SessionHolder();
    out.setOnCancelHandler(holder::cancelled);
    out.setOnReadyHandler(holder::ready);
    BrokerError error = refusalOf(request);
    if (error != null) {
      fail(out, error);
      return;
    }
    topics.find(
        request.getTopic(),
        call,
        new Failing<TopicImage>(out) {
          @Override
          public void done(TopicImage topic) {
            new Opening(request, call, out, holder, topic).resolveStart();
          }
        });
  }

  private static @Nullable BrokerError refusalOf(SubscribeRequest request) {
    if (request.getProgressIntervalMs() < 0 || request.getProgressIntervalMs() > PROGRESS_MS_MAX) {
      return Errors.invalid(
          "progress_interval_ms",
          String.valueOf(request.getProgressIntervalMs()),
          "must be from 0 to " + PROGRESS_MS_MAX);
    }
    BrokerError start = Positions.refusalOf("start", request.getStart());
    return start != null ? start : Positions.refusalOf("stop", request.getStop());
  }

  private static void fail(
      ServerCallStreamObserver<OpaqueSubscribeResponse> out, BrokerError error) {
    ObserverReply.quietly(() -> out.onError(Statuses.toException(error)));
  }

  /** A reply whose failure ends the stream. */
  private abstract static class Failing<R> implements Reply<R> {
    private final ServerCallStreamObserver<OpaqueSubscribeResponse> out;

    private Failing(ServerCallStreamObserver<OpaqueSubscribeResponse> out) {
      this.out = out;
    }

    @Override
    public void failed(BrokerError error) {
      fail(out, error);
    }
  }

  /** Takes the transport's calls, also before there is a session. */
  private static final class SessionHolder {
    // Set once by the thread that ends the opening; read by the event loop.
    private volatile @Nullable SubscribeSession session;
    private volatile boolean gone;

    private void cancelled() {
      gone = true;
      SubscribeSession running = session;
      if (running != null) {
        running.cancelled();
      }
    }

    private void ready() {
      SubscribeSession running = session;
      if (running != null) {
        running.ready();
      }
    }
  }

  /** Finds out where to start and where to stop. */
  private final class Opening {
    private final SubscribeRequest request;
    private final CallInfo call;
    private final ServerCallStreamObserver<OpaqueSubscribeResponse> out;
    private final SessionHolder holder;
    private final TopicImage topic;
    private final List<Integer> partitions;

    private Opening(
        SubscribeRequest request,
        CallInfo call,
        ServerCallStreamObserver<OpaqueSubscribeResponse> out,
        SessionHolder holder,
        TopicImage topic) {
      this.request = request;
      this.call = call;
      this.out = out;
      this.holder = holder;
      this.topic = topic;
      this.partitions = Resolving.partitions(topic, request.getPartitionsList());
    }

    private void resolveStart() {
      BrokerError error = refusalOf();
      if (error != null) {
        fail(out, error);
      } else if (request.getStart().hasOffset()) {
        long offset = request.getStart().getOffset();
        // The first fetch says whether it is in range; what is readable is not known yet.
        resolveStop(
            List.of(
                ResolvedOffset.newBuilder()
                    .setPartition(partitions.get(0))
                    .setOffset(offset)
                    .setHighWatermark(-1)
                    .build()));
      } else {
        resolve(request.getStart(), this::resolveStop);
      }
    }

    private @Nullable BrokerError refusalOf() {
      for (int partition : partitions) {
        if (partition < 0 || partition >= topic.partitions().size()) {
          return Errors.partitionNotFound(topic.name(), partition, topic.partitions().size());
        }
      }
      if (request.getStart().hasOffset() && partitions.size() != 1) {
        return Errors.invalid(
            "start.offset",
            String.valueOf(request.getStart().getOffset()),
            "is allowed only with a single partition");
      }
      return Resolving.refusalOf(partitions);
    }

    private void resolveStop(List<ResolvedOffset> starts) {
      if (!request.hasStop()) {
        open(starts, IntStream.range(0, starts.size()).mapToObj(i -> Long.MAX_VALUE).toList());
      } else if (request.getStop().hasOffset()) {
        long stop = request.getStop().getOffset();
        open(starts, IntStream.range(0, starts.size()).mapToObj(i -> stop).toList());
      } else {
        resolve(
            request.getStop(),
            stops -> open(starts, stops.stream().map(ResolvedOffset::getOffset).toList()));
      }
    }

    private void resolve(
        Position position, java.util.function.Consumer<List<ResolvedOffset>> next) {
      resolving.resolve(
          ResolveOffsetsRequest.newBuilder()
              .setTopic(topic.name())
              .addAllPartitions(partitions)
              .setPosition(position)
              .build(),
          call.about(topic.topicId()),
          new Failing<ResolveOffsetsResponse>(out) {
            @Override
            public void done(ResolveOffsetsResponse answer) {
              for (ResolvedOffset offset : answer.getOffsetsList()) {
                if (offset.hasFailure()) {
                  failed(errorOf(offset.getFailure()));
                  return;
                }
              }
              next.accept(answer.getOffsetsList());
            }
          });
    }

    private void open(List<ResolvedOffset> starts, List<Long> stops) {
      List<SubscribeSession.Follower> followers = new ArrayList<>();
      for (int i = 0; i < starts.size(); i++) {
        ResolvedOffset start = starts.get(i);
        followers.add(
            new SubscribeSession.Follower(
                start.getPartition(), start.getOffset(), stops.get(i), start.getHighWatermark()));
      }
      int interval = request.getProgressIntervalMs();
      SubscribeSession session =
          new SubscribeSession(
              broker,
              fetching,
              new SubscribeSession.SubscribeSpec(
                  topic,
                  followers,
                  interval == 0 ? PROGRESS_MS_DEFAULT : interval,
                  request.getAcceptCodecsValueList()),
              call,
              out);
      sessions.add(session);
      holder.session = session;
      if (holder.gone) {
        session.cancelled();
      } else {
        session.start();
      }
    }
  }

  private static BrokerError errorOf(Failure failure) {
    ErrorReason reason = ErrorReason.ERROR_REASON_INTERNAL;
    for (ErrorReason known : ErrorReason.values()) {
      if (Statuses.nameOf(known).equals(failure.getReason())) {
        reason = known;
      }
    }
    return new BrokerError(reason, failure.getMessage(), failure.getMetadataMap(), 0);
  }
}
