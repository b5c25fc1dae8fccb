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
import dev.almadia.v1.ErrorReason;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Asks the leaders of partitions of a topic, with one call per broker that leads some, in rounds:
 * who has no answer is asked again after a pause, until all have one or patience ends. What is
 * asked may be asked twice of the same leader. Any thread; nothing blocks.
 *
 * @param <R> what a leader says of one partition
 */
abstract class LeaderRounds<R> {
  private final BrokerContext broker;
  private final Router router;
  private final TopicImage topic;
  private final List<Integer> partitions;
  private final CallInfo call;
  private final Patience patience;

  // Changed between rounds only, which the ends of a round's calls order.
  private final List<@Nullable R> answers = new ArrayList<>();

  /**
   * No round has begun.
   *
   * @param partitions at least one
   */
  LeaderRounds(Leaders leaders, TopicImage topic, List<Integer> partitions, CallInfo call) {
    this.broker = leaders.broker();
    this.router = leaders.router();
    this.topic = topic;
    this.partitions = partitions;
    this.call = call;
    this.patience = Patience.of(broker, call.deadline(), leaders.retryMs());
    forget();
  }

  /**
   * How they are found.
   *
   * @param retryMs how long a call goes on at most
   */
  record Leaders(BrokerContext broker, Router router, Forwarder forwarder, long retryMs) {
    /** A broker that leads some, as the holder of the topic's very life. */
    static Forwarder.Destination at(int brokerId, TopicImage topic) {
      return new Forwarder.Destination(brokerId, topic.topicId());
    }
  }

  /** Asks the replica of this broker; an error is final. */
  abstract void askHere(int partition, Reply<R> reply);

  /** Asks another broker for some of the partitions; answers are in the same order. */
  abstract CompletableFuture<List<R>> askThere(int brokerId, List<Integer> asked);

  /** What stands for no answer: whoever led has lost the lead, or nobody knows. */
  abstract R noAnswer();

  abstract boolean isAnswer(R result);

  /** All have answered, in the order of the partitions. */
  abstract void answered(List<R> all);

  abstract void failed(BrokerError error);

  /**
   * After a round in which some had no answer. Whoever goes on in a way of its own returns true.
   *
   * @param others what those said
   */
  boolean goesOn(List<R> others) {
    return false;
  }

  final TopicImage topic() {
    return topic;
  }

  /** All are asked again in the next round. */
  final void forget() {
    answers.clear();
    partitions.forEach(unused -> answers.add(null));
  }

  /** One round. */
  final void run() {
    TopicImage now = broker.image().topic(topic.name());
    if (now != null && now.topicId() != topic.topicId()) {
      failed(TopicNames.notFound(broker.image(), topic.name()));
      return;
    }
    List<Integer> open = new ArrayList<>();
    for (int place = 0; place < partitions.size(); place++) {
      if (answers.get(place) == null) {
        open.add(place);
      }
    }
    AllReplies<R> round = new AllReplies<>(open.size(), endOf(open));
    Map<Integer, List<Integer>> remote = new TreeMap<>();
    for (int i = 0; i < open.size(); i++) {
      int partition = partitions.get(open.get(i));
      Route route = router.route(topic.name(), partition, Hop.PROXY);
      if (route instanceof Route.Forward forward) {
        remote.computeIfAbsent(forward.brokerId(), id -> new ArrayList<>()).add(i);
      } else if (route instanceof Route.Refused refused) {
        round.at(i).failed(refused.error());
      } else {
        askHere(partition, round.at(i));
      }
    }
    remote.forEach((brokerId, asked) -> ask(brokerId, asked, open, round));
  }

  private void ask(int brokerId, List<Integer> asked, List<Integer> open, AllReplies<R> round) {
    List<Integer> there = asked.stream().map(i -> partitions.get(open.get(i))).toList();
    call.context()
        .run(
            () ->
                Later.whenDone(
                    askThere(brokerId, there),
                    (results, thrown) -> {
                      for (int i = 0; i < asked.size(); i++) {
                        tell(round.at(asked.get(i)), i, results, thrown, there.size());
                      }
                    }));
  }

  private void tell(
      Reply<R> reply,
      int place,
      @Nullable List<R> results,
      @Nullable Throwable thrown,
      int expected) {
    BrokerError error = thrown == null ? null : Statuses.errorOf(thrown);
    if (error != null && !mayPass(error)) {
      reply.failed(error);
    } else {
      boolean isComplete = results != null && results.size() == expected;
      reply.done(isComplete && results != null ? results.get(place) : noAnswer());
    }
  }

  /** What was perhaps done is done once, however often it is asked for. */
  private static boolean mayPass(BrokerError error) {
    return Patience.mayPassThere(error)
        || error.reason() == ErrorReason.ERROR_REASON_OUTCOME_UNKNOWN
        || error.reason() == ErrorReason.ERROR_REASON_THROTTLED;
  }

  private Reply<List<R>> endOf(List<Integer> open) {
    return new Reply<>() {
      @Override
      public void done(List<R> results) {
        ended(open, results);
      }

      @Override
      public void failed(BrokerError error) {
        LeaderRounds.this.failed(error);
      }
    };
  }

  private void ended(List<Integer> open, List<R> results) {
    List<R> others = new ArrayList<>();
    int unanswered = -1;
    for (int i = 0; i < open.size(); i++) {
      R result = results.get(i);
      if (isAnswer(result)) {
        answers.set(open.get(i), result);
      } else {
        others.add(result);
        unanswered = partitions.get(open.get(i));
      }
    }
    if (others.isEmpty()) {
      answered(answers.stream().map(LeaderRounds::there).toList());
    } else if (!goesOn(others)) {
      again(Errors.noLeader(topic.name(), unanswered));
    }
  }

  private static <R> R there(@Nullable R answer) {
    if (answer == null) {
      throw new IllegalStateException("a round ended without all answers");
    }
    return answer;
  }

  /**
   * Another round after a pause.
   *
   * @param error why there is none, if there is no time for one
   */
  final void again(BrokerError error) {
    long pauseMs = call.context().isCancelled() ? -1 : patience.nextPauseMs();
    if (pauseMs < 0) {
      failed(error);
    } else {
      Later.run(broker, this::run, pauseMs);
    }
  }

  /** Another round at once. */
  final void again() {
    Later.run(broker, this::run, 0);
  }
}
