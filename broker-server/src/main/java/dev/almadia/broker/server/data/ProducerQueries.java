// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.server.data;

import dev.almadia.broker.core.BrokerError;
import dev.almadia.broker.core.Errors;
import dev.almadia.broker.core.metadata.TopicImage;
import dev.almadia.broker.core.producer.ProducerClaim;
import dev.almadia.broker.core.routing.Hop;
import dev.almadia.broker.core.routing.Route;
import dev.almadia.broker.server.grpc.Forwarder;
import dev.almadia.internal.v1.KnownProducer;
import dev.almadia.internal.v1.KnownProducers;
import dev.almadia.internal.v1.OpeningServiceGrpc;
import dev.almadia.internal.v1.ReadProducersRequest;
import dev.almadia.internal.v1.ReadProducersResponse;
import dev.almadia.v1.GetProducerRequest;
import dev.almadia.v1.GetProducerResponse;
import dev.almadia.v1.ListProducersRequest;
import dev.almadia.v1.ListProducersResponse;
import dev.almadia.v1.ProducerInfo;
import dev.almadia.v1.ProducerPosition;
import java.util.Collection;
import java.util.List;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiConsumer;

/**
 * GetProducer and ListProducers: what the leaders of a topic's partitions know. Each answer has in
 * it all that was acknowledged in its partition before the call. Any thread; nothing blocks.
 */
final class ProducerQueries {
  private static final int PAGE_MAX = 1_000;

  /** Most that all leaders together tell for one page: it is held in memory until all have. */
  private static final int HELD_MAX = 50_000;

  private final LeaderRounds.Leaders leaders;
  private final TopicLookup topics;

  ProducerQueries(LeaderRounds.Leaders leaders, TopicLookup topics) {
    this.leaders = leaders;
    this.topics = topics;
  }

  /** Where one producer stands. */
  void get(GetProducerRequest request, CallInfo call, Reply<GetProducerResponse> reply) {
    BrokerError badId = ProducerClaim.refusalOf(request.getProducerId());
    if (badId != null) {
      reply.failed(badId);
      return;
    }
    ReadingProposal.Question question =
        new ReadingProposal.Question(request.getProducerId(), "", 1);
    ask(
        request.getTopic(),
        unused -> question,
        call,
        reply,
        (topic, all) -> {
          GetProducerResponse.Builder response =
              GetProducerResponse.newBuilder().setTopicId(topic.topicId());
          for (KnownProducers one : all) {
            one.getProducersList().forEach(known -> response.addPositions(known.getPosition()));
          }
          reply.done(response.build());
        });
  }

  /**
   * One page of those that there are. A page may have fewer than asked for, and not be the last.
   */
  void list(ListProducersRequest request, CallInfo call, Reply<ListProducersResponse> reply) {
    int asked = request.getPageSize();
    if (asked < 0) {
      reply.failed(Errors.invalid("page_size", String.valueOf(asked), "must not be negative"));
      return;
    }
    ask(
        request.getTopic(),
        topic ->
            new ReadingProposal.Question(
                "", request.getPageToken(), limit(asked, topic.partitions().size())),
        call,
        reply,
        (topic, all) -> reply.done(page(all, limit(asked, topic.partitions().size()))));
  }

  private static int limit(int asked, int partitions) {
    int wanted = asked == 0 ? PAGE_MAX : Math.min(asked, PAGE_MAX);
    return Math.max(1, Math.min(wanted, HELD_MAX / partitions));
  }

  /**
   * The lowest names of all. Each partition told as many as the page has, so that all of it is
   * known of these.
   */
  private static ListProducersResponse page(List<KnownProducers> all, int limit) {
    NavigableMap<String, ProducerInfo.Builder> byName = new TreeMap<>();
    boolean mayBeMore = false;
    for (KnownProducers one : all) {
      mayBeMore |= one.getProducersCount() >= limit;
      for (KnownProducer known : one.getProducersList()) {
        add(
            byName.computeIfAbsent(
                known.getProducerId(), id -> ProducerInfo.newBuilder().setProducerId(id)),
            known.getPosition());
      }
    }
    ListProducersResponse.Builder response = ListProducersResponse.newBuilder();
    Collection<ProducerInfo.Builder> found = byName.values();
    found.stream().limit(limit).forEach(response::addProducers);
    if (mayBeMore || found.size() > limit) {
      int last = response.getProducersCount() - 1;
      response.setNextPageToken(response.getProducers(last).getProducerId());
    }
    return response.build();
  }

  private static void add(ProducerInfo.Builder info, ProducerPosition position) {
    info.setProducerEpoch(Math.max(info.getProducerEpoch(), position.getProducerEpoch()))
        .setPartitionCount(info.getPartitionCount() + 1)
        .setLastAppendTimeMs(Math.max(info.getLastAppendTimeMs(), position.getLastAppendTimeMs()));
  }

  /** A call of a broker, for partitions that are led here. */
  void readHere(ReadProducersRequest request, CallInfo call, Reply<ReadProducersResponse> reply) {
    if (call.hop() != Hop.FORWARDED || request.getPartitionsCount() == 0) {
      reply.failed(Errors.invalid("partitions", "", "must be named, by a broker"));
      return;
    }
    ReadingProposal.Question question =
        new ReadingProposal.Question(
            request.getProducerId(), request.getAfter(), request.getLimit());
    AllReplies<KnownProducers> all =
        new AllReplies<>(
            request.getPartitionsCount(),
            new Reply<>() {
              @Override
              public void done(List<KnownProducers> results) {
                reply.done(ReadProducersResponse.newBuilder().addAllResults(results).build());
              }

              @Override
              public void failed(BrokerError error) {
                reply.failed(error);
              }
            });
    for (int i = 0; i < request.getPartitionsCount(); i++) {
      readIn(request.getTopic(), request.getPartitions(i), Hop.FORWARDED, question, all.at(i));
    }
  }

  private void readIn(
      String topic,
      int partition,
      Hop hop,
      ReadingProposal.Question question,
      Reply<KnownProducers> reply) {
    if (leaders.router().route(topic, partition, hop) instanceof Route.Local local) {
      leaders
          .broker()
          .groups()
          .propose(local.groupId(), new ReadingProposal(partition, question, reply));
    } else {
      reply.done(KnownProducers.getDefaultInstance());
    }
  }

  /** What is asked of a topic's partitions. */
  private interface Asked {
    ReadingProposal.Question of(TopicImage topic);
  }

  private void ask(
      String topicName,
      Asked asked,
      CallInfo call,
      Reply<?> reply,
      BiConsumer<TopicImage, List<KnownProducers>> answered) {
    topics.find(
        topicName,
        call,
        new Reply<>() {
          @Override
          public void done(TopicImage topic) {
            new Rounds(topic, asked.of(topic), call, reply, answered).run();
          }

          @Override
          public void failed(BrokerError unknown) {
            reply.failed(unknown);
          }
        });
  }

  /** One call. */
  private final class Rounds extends LeaderRounds<KnownProducers> {
    private final ReadingProposal.Question question;
    private final CallInfo call;
    private final Reply<?> reply;
    private final BiConsumer<TopicImage, List<KnownProducers>> answered;

    private Rounds(
        TopicImage topic,
        ReadingProposal.Question question,
        CallInfo call,
        Reply<?> reply,
        BiConsumer<TopicImage, List<KnownProducers>> answered) {
      super(leaders, topic, Resolving.partitions(topic, List.of()), call);
      this.question = question;
      this.call = call;
      this.reply = reply;
      this.answered = answered;
    }

    @Override
    void askHere(int partition, Reply<KnownProducers> one) {
      readIn(topic().name(), partition, Hop.PROXY, question, one);
    }

    @Override
    CompletableFuture<List<KnownProducers>> askThere(int brokerId, List<Integer> asked) {
      return leaders
          .forwarder()
          .unary(
              LeaderRounds.Leaders.at(brokerId, topic()),
              OpeningServiceGrpc.getReadProducersMethod(),
              ReadProducersRequest.newBuilder()
                  .setTopic(topic().name())
                  .addAllPartitions(asked)
                  .setProducerId(question.producerId())
                  .setAfter(question.after())
                  .setLimit(question.limit())
                  .build(),
              Forwarder.Effect.READ,
              call.deadline())
          .thenApply(ReadProducersResponse::getResultsList);
    }

    @Override
    KnownProducers noAnswer() {
      return KnownProducers.getDefaultInstance();
    }

    @Override
    boolean isAnswer(KnownProducers result) {
      return result.getRead();
    }

    @Override
    void answered(List<KnownProducers> all) {
      answered.accept(topic(), all);
    }

    @Override
    void failed(BrokerError error) {
      reply.failed(error);
    }
  }
}
