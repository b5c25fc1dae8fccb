// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.server.data;

import dev.almadia.broker.core.BrokerError;
import dev.almadia.broker.core.Errors;
import dev.almadia.broker.core.metadata.TopicImage;
import dev.almadia.broker.core.routing.Hop;
import dev.almadia.broker.core.routing.Route;
import dev.almadia.broker.core.routing.Router;
import dev.almadia.broker.core.topics.TopicNames;
import dev.almadia.broker.server.BrokerContext;
import dev.almadia.broker.server.grpc.Forwarder;
import dev.almadia.broker.server.grpc.Statuses;
import dev.almadia.raft.shard.GroupView;
import dev.almadia.raft.shard.ProposalFailure;
import dev.almadia.raft.shard.ReadCallback;
import dev.almadia.v1.ErrorReason;
import dev.almadia.v1.Position;
import dev.almadia.v1.ResolveOffsetsRequest;
import dev.almadia.v1.ResolveOffsetsResponse;
import dev.almadia.v1.ResolvedOffset;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * ResolveOffsets: a linearizable read at the leader of each partition, one forwarded call per
 * broker that leads some. Partitions without a leader are tried again, alone, until the call's
 * patience ends. Any thread may call; nothing blocks.
 */
final class Resolving {
  private final BrokerContext broker;
  private final TopicLookup topics;
  private final Router router;
  private final Forwarder forwarder;
  private final LogReader reader;
  private final long retryMs;

  Resolving(
      BrokerContext broker,
      TopicLookup topics,
      Router router,
      Forwarder forwarder,
      LogReader reader,
      long retryMs) {
    this.broker = broker;
    this.topics = topics;
    this.router = router;
    this.forwarder = forwarder;
    this.reader = reader;
    this.retryMs = retryMs;
  }

  /** Resolves. */
  void resolve(ResolveOffsetsRequest request, CallInfo call, Reply<ResolveOffsetsResponse> reply) {
    BrokerError error = Positions.refusalOf("position", request.getPosition());
    if (error != null) {
      reply.failed(error);
      return;
    }
    topics.find(
        request.getTopic(),
        call,
        new Reply<>() {
          @Override
          public void done(TopicImage topic) {
            List<Integer> partitions = partitions(topic, request.getPartitionsList());
            BrokerError twice = refusalOf(partitions);
            if (twice != null) {
              reply.failed(twice);
            } else {
              new Rounds(topic, partitions, request.getPosition(), call, reply).run();
            }
          }

          @Override
          public void failed(BrokerError unknown) {
            reply.failed(unknown);
          }
        });
  }

  /** The partitions named, or all. */
  static List<Integer> partitions(TopicImage topic, List<Integer> named) {
    return named.isEmpty() ? IntStream.range(0, topic.partitions().size()).boxed().toList() : named;
  }

  /** A partition twice is a mistake; and so the list is bounded by what exists, or nearly. */
  static @Nullable BrokerError refusalOf(List<Integer> partitions) {
    return new HashSet<>(partitions).size() == partitions.size()
        ? null
        : Errors.invalid("partitions", partitions.size() + " partitions", "must differ");
  }

  /** One call; each round asks for the partitions that have no answer yet. */
  private final class Rounds {
    private final String topic;
    private final long topicId;
    private final List<Integer> partitions;
    private final Position position;
    private final CallInfo call;
    private final Reply<ResolveOffsetsResponse> reply;
    private final Patience patience;
    private final AtomicReferenceArray<Object> results;
    private final AtomicInteger missing = new AtomicInteger();

    private Rounds(
        TopicImage topic,
        List<Integer> partitions,
        Position position,
        CallInfo call,
        Reply<ResolveOffsetsResponse> reply) {
      this.topic = topic.name();
      this.topicId = topic.topicId();
      this.partitions = partitions;
      this.position = position;
      this.call = call;
      this.reply = reply;
      this.patience = Patience.of(broker, call.deadline(), retryMs);
      this.results = new AtomicReferenceArray<>(partitions.size());
    }

    /** Results are ResolvedOffset when final, BrokerError while another try may help. */
    private void run() {
      TopicImage now = broker.image().topic(topic);
      if (now != null && now.topicId() != topicId) {
        reply.failed(TopicNames.notFound(broker.image(), topic));
        return;
      }
      List<Integer> open = new ArrayList<>();
      for (int place = 0; place < partitions.size(); place++) {
        if (!(results.get(place) instanceof ResolvedOffset)) {
          open.add(place);
        }
      }
      // One more, so that the round cannot end before all of it was started.
      missing.set(open.size() + 1);
      Map<Integer, List<Integer>> remote = new TreeMap<>();
      for (int place : open) {
        Route route = router.route(topic, partitions.get(place), call.hop());
        if (route instanceof Route.Local local) {
          readHere(place, local.groupId());
        } else if (route instanceof Route.Forward forward) {
          remote.computeIfAbsent(forward.brokerId(), id -> new ArrayList<>()).add(place);
        } else if (route instanceof Route.NoLeader none) {
          failed(place, none.error(), true);
        } else if (route instanceof Route.Refused refused) {
          failed(place, refused.error(), false);
        }
      }
      remote.forEach(this::ask);
      arrived();
    }

    private void readHere(int place, long groupId) {
      broker
          .groups()
          .read(
              groupId,
              new ReadCallback() {
                @Override
                public void onReady(GroupView view) {
                  if (Positions.needsStore(position)) {
                    resolveOnReadPool(place, view);
                  } else {
                    resolved(place, view);
                  }
                }

                @Override
                public void onFailed(ProposalFailure failure) {
                  failed(place, Errors.noLeader(topic, partitions.get(place)), true);
                }
              });
    }

    private void resolveOnReadPool(int place, GroupView view) {
      ReadPoolWork.run(
          broker,
          topic,
          partitions.get(place),
          () -> resolved(place, view),
          error -> failed(place, error, Patience.mayPass(error) || isThrottled(error)));
    }

    private static boolean isThrottled(BrokerError error) {
      return error.reason() == ErrorReason.ERROR_REASON_THROTTLED;
    }

    private void resolved(int place, GroupView view) {
      int partition = partitions.get(place);
      long offset = Positions.resolve(position, view, reader);
      BrokerError outside = Positions.outOfRange(topic, partition, offset, view);
      if (outside != null) {
        failed(place, outside, false);
        return;
      }
      set(
          place,
          ResolvedOffset.newBuilder()
              .setPartition(partition)
              .setOffset(offset)
              .setLogStartOffset(view.logStartOffset())
              .setHighWatermark(view.highWatermark())
              .build());
    }

    private void ask(int brokerId, List<Integer> places) {
      ResolveOffsetsRequest request =
          ResolveOffsetsRequest.newBuilder()
              .setTopic(topic)
              .addAllPartitions(places.stream().map(partitions::get).toList())
              .setPosition(position)
              .build();
      call.context()
          .run(
              () ->
                  Later.whenDone(
                      forwarder.unary(
                          new Forwarder.Destination(brokerId, topicId),
                          DataMethods.RESOLVE,
                          request,
                          Forwarder.Effect.READ,
                          call.deadline()),
                      (answer, thrown) -> answered(places, answer, thrown)));
    }

    private void answered(
        List<Integer> places, @Nullable ResolveOffsetsResponse answer, @Nullable Throwable thrown) {
      if (answer == null || answer.getOffsetsCount() != places.size()) {
        BrokerError error = thrown == null ? null : Statuses.errorOf(thrown);
        for (int place : places) {
          BrokerError shown = error == null ? Errors.noLeader(topic, partitions.get(place)) : error;
          failed(place, shown, Patience.mayPassThere(shown));
        }
        return;
      }
      for (int i = 0; i < places.size(); i++) {
        ResolvedOffset offset = answer.getOffsets(i);
        if (offset.hasFailure() && mayPass(offset)) {
          failed(places.get(i), Errors.noLeader(topic, partitions.get(places.get(i))), true);
        } else {
          set(places.get(i), offset);
        }
      }
    }

    private boolean mayPass(ResolvedOffset offset) {
      String reason = offset.getFailure().getReason();
      return reason.equals(Statuses.nameOf(ErrorReason.ERROR_REASON_NO_LEADER))
          || reason.equals(Statuses.nameOf(ErrorReason.ERROR_REASON_NOT_LEADER))
          || reason.equals(Statuses.nameOf(ErrorReason.ERROR_REASON_TOPIC_NOT_FOUND));
    }

    private void failed(int place, BrokerError error, boolean mayPass) {
      if (mayPass && call.hop() != Hop.FORWARDED) {
        set(place, error);
      } else {
        set(place, failure(place, error));
      }
    }

    private ResolvedOffset failure(int place, BrokerError error) {
      return ResolvedOffset.newBuilder()
          .setPartition(partitions.get(place))
          .setFailure(Statuses.toFailure(error))
          .build();
    }

    private void set(int place, Object result) {
      results.set(place, result);
      arrived();
    }

    private void arrived() {
      if (missing.decrementAndGet() > 0) {
        return;
      }
      boolean open =
          IntStream.range(0, partitions.size())
              .anyMatch(place -> results.get(place) instanceof BrokerError);
      long pauseMs = open && !call.context().isCancelled() ? patience.nextPauseMs() : -1;
      if (pauseMs >= 0) {
        Later.run(broker, this::run, pauseMs);
        return;
      }
      ResolveOffsetsResponse.Builder response = ResolveOffsetsResponse.newBuilder();
      for (int place = 0; place < partitions.size(); place++) {
        Object result = results.get(place);
        response.addOffsets(
            result instanceof BrokerError error ? failure(place, error) : (ResolvedOffset) result);
      }
      reply.done(response.build());
    }
  }
}
