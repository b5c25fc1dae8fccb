// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.server.data;

import dev.almadia.broker.core.BrokerError;
import dev.almadia.broker.core.Errors;
import dev.almadia.broker.core.metadata.TopicImage;
import dev.almadia.broker.core.producer.Opening;
import dev.almadia.broker.core.producer.ProducerClaim;
import dev.almadia.broker.core.producer.ProducerErrors;
import dev.almadia.broker.core.routing.Hop;
import dev.almadia.broker.core.routing.Route;
import dev.almadia.broker.core.routing.Router;
import dev.almadia.broker.core.topics.TopicNames;
import dev.almadia.broker.server.BrokerContext;
import dev.almadia.broker.server.grpc.Forwarder;
import dev.almadia.broker.server.grpc.Statuses;
import dev.almadia.internal.v1.OpenInPartitionsRequest;
import dev.almadia.internal.v1.OpenInPartitionsResponse;
import dev.almadia.internal.v1.OpeningServiceGrpc;
import dev.almadia.internal.v1.PartitionOpening;
import dev.almadia.v1.ErrorReason;
import dev.almadia.v1.OpenProducerRequest;
import dev.almadia.v1.OpenProducerResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * OpenProducer: raises the epoch of a producer in all partitions, one forwarded call per broker
 * that leads some. Any thread may call; nothing blocks.
 *
 * <p>An epoch is tried in all partitions under a session that chance gave. A partition takes it if
 * it is above its own, or is this very opening already, so each step may be repeated. If another
 * opening is in the way somewhere, all partitions are tried again with an epoch above it:
 *
 * <pre>
 *   A and B try 1: partition 0 takes A's, partition 1 takes B's. Both hear of a 1 that is not
 *   theirs, and try 2: whoever is later in some partition tries 3, and gets it everywhere.
 * </pre>
 *
 * <p>No epoch belongs to two openings of the same partition, and an opening that succeeds had one
 * epoch in all partitions.
 */
final class OpeningProducers {
  /** Most epochs that a call tries: others would open the producer all the time. */
  private static final int EPOCHS_MAX = 10;

  private static final int SESSION_HALF = 1 << 30;

  private final BrokerContext broker;
  private final TopicLookup topics;
  private final Router router;
  private final Forwarder forwarder;
  private final long retryMs;

  OpeningProducers(
      BrokerContext broker, TopicLookup topics, Router router, Forwarder forwarder, long retryMs) {
    this.broker = broker;
    this.topics = topics;
    this.router = router;
    this.forwarder = forwarder;
    this.retryMs = retryMs;
  }

  /** A client's call. */
  void open(OpenProducerRequest request, CallInfo call, Reply<OpenProducerResponse> reply) {
    BrokerError badId = ProducerClaim.refusalOf(request.getProducerId());
    if (badId != null) {
      reply.failed(badId);
      return;
    }
    topics.find(
        request.getTopic(),
        call,
        new Reply<>() {
          @Override
          public void done(TopicImage topic) {
            open(topic, request.getProducerId(), request.getPartitionsList(), call, reply);
          }

          @Override
          public void failed(BrokerError unknown) {
            reply.failed(unknown);
          }
        });
  }

  /**
   * Opens a producer.
   *
   * @param producerId its name, which is valid
   * @param asked partitions, as the client named them; empty for all
   */
  void open(
      TopicImage topic,
      String producerId,
      List<Integer> asked,
      CallInfo call,
      Reply<OpenProducerResponse> reply) {
    List<Integer> partitions = Resolving.partitions(topic, asked);
    BrokerError refusal = refusalOf(topic, partitions);
    if (refusal != null) {
      reply.failed(refusal);
    } else {
      new Rounds(topic, partitions, firstTry(producerId), call, reply).run();
    }
  }

  private static @Nullable BrokerError refusalOf(TopicImage topic, List<Integer> partitions) {
    int count = topic.partitions().size();
    for (int partition : partitions) {
      if (partition < 0 || partition >= count) {
        return Errors.partitionNotFound(topic.name(), partition, count);
      }
    }
    return Resolving.refusalOf(partitions);
  }

  private Opening firstTry(String producerId) {
    long session =
        (long) broker.random(SESSION_HALF) * SESSION_HALF + broker.random(SESSION_HALF) + 1;
    return new Opening(producerId, 1, session);
  }

  /** A call of a broker, for partitions that are led here. */
  void openHere(
      OpenInPartitionsRequest request, CallInfo call, Reply<OpenInPartitionsResponse> reply) {
    String id = request.getOpening().getProducerId();
    BrokerError bad = ProducerClaim.refusalOf(id);
    if (bad == null && (request.getOpening().getEpoch() < 1 || call.hop() != Hop.FORWARDED)) {
      bad = Errors.invalid("opening", id, "must have an epoch, and come from a broker");
    }
    if (bad != null) {
      reply.failed(bad);
      return;
    }
    topics.find(
        request.getTopic(),
        call,
        new Reply<>() {
          @Override
          public void done(TopicImage topic) {
            BrokerError refusal = refusalOf(topic, request.getPartitionsList());
            if (refusal != null) {
              reply.failed(refusal);
            } else {
              openHere(topic, request, reply);
            }
          }

          @Override
          public void failed(BrokerError unknown) {
            reply.failed(unknown);
          }
        });
  }

  private void openHere(
      TopicImage topic, OpenInPartitionsRequest request, Reply<OpenInPartitionsResponse> reply) {
    Opening opening = Opening.of(request.getOpening());
    int count = request.getPartitionsCount();
    AtomicReferenceArray<Object> results = new AtomicReferenceArray<>(count);
    AtomicInteger missing = new AtomicInteger(count);
    for (int i = 0; i < count; i++) {
      int place = i;
      openIn(
          topic,
          request.getPartitions(place),
          Hop.FORWARDED,
          opening,
          result -> {
            results.set(place, result);
            if (missing.decrementAndGet() == 0) {
              answer(results, reply);
            }
          });
    }
  }

  private static void answer(
      AtomicReferenceArray<Object> results, Reply<OpenInPartitionsResponse> reply) {
    OpenInPartitionsResponse.Builder response = OpenInPartitionsResponse.newBuilder();
    for (int place = 0; place < results.length(); place++) {
      if (results.get(place) instanceof BrokerError error) {
        reply.failed(error);
        return;
      }
      response.addResults((PartitionOpening) results.get(place));
    }
    reply.done(response.build());
  }

  /** What a step of one partition led to: a PartitionOpening, or a BrokerError that is final. */
  private interface Step {
    void ended(Object result);
  }

  /** Tries a partition that should be led here. */
  private void openIn(TopicImage topic, int partition, Hop hop, Opening opening, Step step) {
    Route route = router.route(topic.name(), partition, hop);
    BrokerError refusal = broker.writeRefusal();
    if (route instanceof Route.Local local && refusal == null) {
      broker
          .groups()
          .propose(
              local.groupId(),
              new OpeningProposal(
                  opening,
                  new OpeningProposal.Target(
                      topic.name(), partition, broker.producersPerPartitionMax()),
                  new Reply<>() {
                    @Override
                    public void done(PartitionOpening result) {
                      step.ended(result);
                    }

                    @Override
                    public void failed(BrokerError error) {
                      step.ended(error);
                    }
                  }));
    } else {
      step.ended(
          route instanceof Route.Local && refusal != null
              ? refusal
              : PartitionOpening.getDefaultInstance());
    }
  }

  /** One call; each round tries the partitions that have not taken the present epoch yet. */
  private final class Rounds {
    private final TopicImage topic;
    private final List<Integer> partitions;
    private final CallInfo call;
    private final Reply<OpenProducerResponse> reply;
    private final Patience patience;
    private final AtomicReferenceArray<Object> results;
    private final AtomicInteger missing = new AtomicInteger();
    // Changed between rounds only, which the counter orders.
    private Opening opening;
    private int epochsTried = 1;

    private Rounds(
        TopicImage topic,
        List<Integer> partitions,
        Opening opening,
        CallInfo call,
        Reply<OpenProducerResponse> reply) {
      this.topic = topic;
      this.partitions = partitions;
      this.opening = opening;
      this.call = call;
      this.reply = reply;
      this.patience = Patience.of(broker, call.deadline(), retryMs);
      this.results = new AtomicReferenceArray<>(partitions.size());
    }

    private void run() {
      TopicImage now = broker.image().topic(topic.name());
      if (now != null && now.topicId() != topic.topicId()) {
        reply.failed(TopicNames.notFound(broker.image(), topic.name()));
        return;
      }
      List<Integer> open = new ArrayList<>();
      for (int place = 0; place < partitions.size(); place++) {
        if (!isOpen(results.get(place))) {
          open.add(place);
        }
      }
      // One more, so that the round cannot end before all of it was started.
      missing.set(open.size() + 1);
      Map<Integer, List<Integer>> remote = new TreeMap<>();
      for (int place : open) {
        Route route = router.route(topic.name(), partitions.get(place), Hop.PROXY);
        if (route instanceof Route.Forward forward) {
          remote.computeIfAbsent(forward.brokerId(), id -> new ArrayList<>()).add(place);
        } else if (route instanceof Route.Refused refused) {
          set(place, refused.error());
        } else {
          openIn(topic, partitions.get(place), Hop.PROXY, opening, result -> set(place, result));
        }
      }
      remote.forEach(this::ask);
      arrived();
    }

    private static boolean isOpen(@Nullable Object result) {
      return result instanceof PartitionOpening opened && opened.hasPosition();
    }

    private void ask(int brokerId, List<Integer> places) {
      OpenInPartitionsRequest request =
          OpenInPartitionsRequest.newBuilder()
              .setTopic(topic.name())
              .addAllPartitions(places.stream().map(partitions::get).toList())
              .setOpening(opening.toMessage())
              .build();
      call.context()
          .run(
              () ->
                  Later.whenDone(
                      forwarder.unary(
                          new Forwarder.Destination(brokerId, topic.topicId()),
                          OpeningServiceGrpc.getOpenInPartitionsMethod(),
                          request,
                          Forwarder.Effect.WRITE,
                          call.deadline()),
                      (answer, thrown) -> answered(places, answer, thrown)));
    }

    private void answered(
        List<Integer> places,
        @Nullable OpenInPartitionsResponse answer,
        @Nullable Throwable thrown) {
      boolean isComplete = answer != null && answer.getResultsCount() == places.size();
      BrokerError error = thrown == null ? null : Statuses.errorOf(thrown);
      Object other =
          error == null || mayPass(error) ? PartitionOpening.getDefaultInstance() : error;
      for (int i = 0; i < places.size(); i++) {
        set(places.get(i), isComplete && answer != null ? answer.getResults(i) : other);
      }
    }

    /** What was perhaps done is done once, however often it is asked for. */
    private static boolean mayPass(BrokerError error) {
      return Patience.mayPassThere(error)
          || error.reason() == ErrorReason.ERROR_REASON_OUTCOME_UNKNOWN
          || error.reason() == ErrorReason.ERROR_REASON_THROTTLED;
    }

    private void set(int place, Object result) {
      results.set(place, result);
      arrived();
    }

    private void arrived() {
      if (missing.decrementAndGet() > 0) {
        return;
      }
      long currentEpoch = 0;
      int unopened = -1;
      for (int place = 0; place < partitions.size(); place++) {
        Object result = results.get(place);
        if (result instanceof BrokerError error) {
          reply.failed(error);
          return;
        }
        if (!isOpen(result)) {
          unopened = place;
          currentEpoch = Math.max(currentEpoch, ((PartitionOpening) result).getCurrentEpoch());
        }
      }
      if (unopened < 0) {
        reply.done(response());
      } else if (currentEpoch > 0) {
        raise(currentEpoch);
      } else {
        again(Errors.noLeader(topic.name(), partitions.get(unopened)));
      }
    }

    private OpenProducerResponse response() {
      OpenProducerResponse.Builder response =
          OpenProducerResponse.newBuilder()
              .setProducerEpoch(opening.epoch())
              .setTopicId(topic.topicId());
      for (int place = 0; place < partitions.size(); place++) {
        response.addPositions(((PartitionOpening) results.get(place)).getPosition());
      }
      return response.build();
    }

    /** The first epoch is a guess, and so fails at once where the producer was opened before. */
    private void raise(long currentEpoch) {
      if (epochsTried == EPOCHS_MAX || currentEpoch == Long.MAX_VALUE) {
        reply.failed(ProducerErrors.openedByOthers(opening, currentEpoch, topic.name()));
        return;
      }
      opening = new Opening(opening.producerId(), currentEpoch + 1, opening.session());
      for (int place = 0; place < partitions.size(); place++) {
        results.set(place, PartitionOpening.getDefaultInstance());
      }
      if (epochsTried++ == 1) {
        Later.run(broker, this::run, 0);
      } else {
        again(ProducerErrors.openedByOthers(opening, currentEpoch, topic.name()));
      }
    }

    private void again(BrokerError error) {
      long pauseMs = call.context().isCancelled() ? -1 : patience.nextPauseMs();
      if (pauseMs < 0) {
        reply.failed(error);
      } else {
        Later.run(broker, this::run, pauseMs);
      }
    }
  }
}
