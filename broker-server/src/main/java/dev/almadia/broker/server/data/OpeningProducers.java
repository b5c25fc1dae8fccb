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
import dev.almadia.broker.server.BrokerContext;
import dev.almadia.broker.server.grpc.Forwarder;
import dev.almadia.internal.v1.OpenInPartitionsRequest;
import dev.almadia.internal.v1.OpenInPartitionsResponse;
import dev.almadia.internal.v1.OpeningServiceGrpc;
import dev.almadia.internal.v1.PartitionOpening;
import dev.almadia.v1.FenceProducerRequest;
import dev.almadia.v1.FenceProducerResponse;
import dev.almadia.v1.OpenProducerRequest;
import dev.almadia.v1.OpenProducerResponse;
import java.util.List;
import java.util.concurrent.CompletableFuture;
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

  private final LeaderRounds.Leaders leaders;
  private final BrokerContext broker;
  private final TopicLookup topics;

  OpeningProducers(LeaderRounds.Leaders leaders, TopicLookup topics) {
    this.leaders = leaders;
    this.broker = leaders.broker();
    this.topics = topics;
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

  /** An opening for nobody. */
  void fence(FenceProducerRequest request, CallInfo call, Reply<FenceProducerResponse> reply) {
    open(
        OpenProducerRequest.newBuilder()
            .setTopic(request.getTopic())
            .setProducerId(request.getProducerId())
            .build(),
        call,
        new Reply<>() {
          @Override
          public void done(OpenProducerResponse opened) {
            reply.done(
                FenceProducerResponse.newBuilder()
                    .setProducerEpoch(opened.getProducerEpoch())
                    .addAllPositions(opened.getPositionsList())
                    .build());
          }

          @Override
          public void failed(BrokerError error) {
            reply.failed(error);
          }
        });
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
    // A partition that has forgotten a transient producer must not take what is still under way
    // from
    // the epoch before for that of the new one.
    boolean isTransient = producerId.startsWith(ProducerClaim.TRANSIENT);
    return new Opening(producerId, isTransient ? 1 + broker.random(SESSION_HALF) : 1, session);
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
    AllReplies<PartitionOpening> all =
        new AllReplies<>(
            count,
            new Reply<>() {
              @Override
              public void done(List<PartitionOpening> results) {
                reply.done(OpenInPartitionsResponse.newBuilder().addAllResults(results).build());
              }

              @Override
              public void failed(BrokerError error) {
                reply.failed(error);
              }
            });
    for (int i = 0; i < count; i++) {
      openIn(topic, request.getPartitions(i), Hop.FORWARDED, opening, all.at(i));
    }
  }

  /** Tries a partition that should be led here. */
  private void openIn(
      TopicImage topic, int partition, Hop hop, Opening opening, Reply<PartitionOpening> step) {
    Route route = leaders.router().route(topic.name(), partition, hop);
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
                  step));
    } else if (route instanceof Route.Local && refusal != null) {
      step.failed(refusal);
    } else {
      step.done(PartitionOpening.getDefaultInstance());
    }
  }

  /** One call; each round tries the partitions that have not taken the present epoch yet. */
  private final class Rounds extends LeaderRounds<PartitionOpening> {
    private final CallInfo call;
    private final Reply<OpenProducerResponse> reply;
    // Changed between rounds only.
    private Opening opening;
    private int epochsTried = 1;

    private Rounds(
        TopicImage topic,
        List<Integer> partitions,
        Opening opening,
        CallInfo call,
        Reply<OpenProducerResponse> reply) {
      super(leaders, topic, partitions, call);
      this.opening = opening;
      this.call = call;
      this.reply = reply;
    }

    @Override
    void askHere(int partition, Reply<PartitionOpening> step) {
      openIn(topic(), partition, Hop.PROXY, opening, step);
    }

    @Override
    CompletableFuture<List<PartitionOpening>> askThere(int brokerId, List<Integer> asked) {
      return leaders
          .forwarder()
          .unary(
              LeaderRounds.Leaders.at(brokerId, topic()),
              OpeningServiceGrpc.getOpenInPartitionsMethod(),
              OpenInPartitionsRequest.newBuilder()
                  .setTopic(topic().name())
                  .addAllPartitions(asked)
                  .setOpening(opening.toMessage())
                  .build(),
              Forwarder.Effect.WRITE,
              call.deadline())
          .thenApply(OpenInPartitionsResponse::getResultsList);
    }

    @Override
    PartitionOpening noAnswer() {
      return PartitionOpening.getDefaultInstance();
    }

    @Override
    boolean isAnswer(PartitionOpening result) {
      return result.hasPosition();
    }

    @Override
    void answered(List<PartitionOpening> all) {
      OpenProducerResponse.Builder response =
          OpenProducerResponse.newBuilder()
              .setProducerEpoch(opening.epoch())
              .setTopicId(topic().topicId());
      all.forEach(one -> response.addPositions(one.getPosition()));
      reply.done(response.build());
    }

    @Override
    void failed(BrokerError error) {
      reply.failed(error);
    }

    /**
     * Where others are in the way, all is tried again with an epoch above theirs. The first epoch
     * is a guess, and so fails at once where the producer was opened before.
     */
    @Override
    boolean goesOn(List<PartitionOpening> others) {
      long currentEpoch =
          others.stream().mapToLong(PartitionOpening::getCurrentEpoch).max().orElse(0);
      if (currentEpoch == 0) {
        return false;
      }
      if (epochsTried == EPOCHS_MAX || currentEpoch == Long.MAX_VALUE) {
        reply.failed(ProducerErrors.openedByOthers(opening, currentEpoch, topic().name()));
        return true;
      }
      opening = new Opening(opening.producerId(), currentEpoch + 1, opening.session());
      forget();
      if (epochsTried++ == 1) {
        again();
      } else {
        again(ProducerErrors.openedByOthers(opening, currentEpoch, topic().name()));
      }
      return true;
    }
  }
}
