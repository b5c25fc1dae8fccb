// SPDX-License-Identifier: Apache-2.0
package dev.almadia.simulation.workload;

import dev.almadia.broker.core.metadata.TopicImage;
import dev.almadia.broker.server.runtime.RunningBroker;
import dev.almadia.history.Admin;
import dev.almadia.history.Outcome;
import dev.almadia.history.Recorder;
import dev.almadia.v1.CreateTopicRequest;
import dev.almadia.v1.CreateTopicResponse;
import dev.almadia.v1.Durability;
import dev.almadia.v1.GetTopicRequest;
import dev.almadia.v1.GetTopicResponse;
import dev.almadia.v1.Topic;
import dev.almadia.v1.TopicServiceGrpc;
import org.jspecify.annotations.Nullable;

/**
 * The creation of a topic, tried until it exists. What a try without answer did is found out by
 * looking: only its administrator uses the name, so what is there is his.
 */
final class TopicCreation {
  private static final long DEADLINE_MILLIS = 5_000;
  private static final long PAUSE_MILLIS = 200;

  private final Caller caller;
  private final TopicSlot slot;
  private final Topic wanted;
  private final long session;
  private final Runnable done;

  /** The try that nobody answered; null if there is none. */
  private Recorder.@Nullable Begun<Admin> open;

  TopicCreation(Caller caller, TopicSlot slot, Topic wanted, long session, Runnable done) {
    this.caller = caller;
    this.slot = slot;
    this.wanted = wanted;
    this.session = session;
    this.done = done;
  }

  void begin() {
    slot.setBusy(true);
    slot.replace();
    create();
  }

  private void create() {
    Recorder.Begun<Admin> begun =
        caller
            .world()
            .recorder()
            .begin(
                caller.client(),
                session,
                call -> Admin.begun(call, Admin.Action.CREATE, wanted.getTopic(), 0));
    Caller.Ask ask = new Caller.Ask("CreateTopic", caller.broker(), DEADLINE_MILLIS, false);
    caller.<TopicServiceGrpc.TopicServiceStub, CreateTopicResponse>call(
        ask,
        TopicServiceGrpc::newStub,
        (stub, out) ->
            stub.createTopic(CreateTopicRequest.newBuilder().setTopic(wanted).build(), out),
        response -> created(begun, response.getTopic(), ask),
        problem -> failed(begun, problem, ask));
  }

  private void created(Recorder.Begun<Admin> begun, Topic made, Caller.Ask ask) {
    if (!made.getTopic().equals(wanted.getTopic())
        || made.getPartitions() != wanted.getPartitions()
        || made.getReplicationFactor() != wanted.getReplicationFactor()
        || made.getTopicId() == 0) {
      caller
          .world()
          .conduct()
          .wrong(
              "a topic is as it was asked for",
              caller.where(ask.method(), ask.broker()) + ": " + made + " for " + wanted);
    }
    note(begun, made);
    endOpen(Outcome.UNKNOWN);
    exists(made);
  }

  private void note(Recorder.Begun<Admin> begun, Topic made) {
    begun.complete(admin -> admin.created(made.getTopicId()));
    caller.world().counts().add("create topic", Outcome.APPLIED);
  }

  /**
   * A name that is used again is not given to the clients before every broker has heard of it: one
   * that has not still means the topic before, and may.
   */
  private void exists(Topic made) {
    if (slot.last() != null && !caller.world().isStopping() && !isKnownEverywhere(made)) {
      caller.process().afterMillis(PAUSE_MILLIS, () -> exists(made));
      return;
    }
    boolean synced = made.getConfig().getDurability() != Durability.DURABILITY_QUORUM_BUFFERED;
    KnownTopic topic =
        new KnownTopic(made.getTopic(), made.getTopicId(), made.getPartitions(), synced);
    slot.created(topic);
    caller.world().topics().add(topic);
    end();
  }

  private boolean isKnownEverywhere(Topic made) {
    for (int broker : caller.world().cluster().deployed()) {
      RunningBroker running = caller.world().cluster().broker(broker).running();
      TopicImage known = running == null ? null : running.image().topic(made.getTopic());
      if (known == null || known.topicId() != made.getTopicId()) {
        return false;
      }
    }
    return true;
  }

  private void failed(Recorder.Begun<Admin> begun, Problem problem, Caller.Ask ask) {
    boolean exists = problem.is("TOPIC_EXISTS");
    if (exists && open == null) {
      caller
          .world()
          .conduct()
          .broken(
              "G5",
              "a name that was given back is free",
              caller.where(ask.method(), ask.broker()) + ": " + problem);
    }
    if (problem.outcome() == Outcome.NOT_APPLIED) {
      begun.complete(admin -> admin.ended(Outcome.NOT_APPLIED));
      caller.world().counts().add("create topic", Outcome.NOT_APPLIED);
    } else {
      endOpen(Outcome.UNKNOWN);
      open = begun;
      slot.becomesUnsure();
    }
    again();
  }

  private void again() {
    if (caller.world().isStopping()) {
      endOpen(Outcome.UNKNOWN);
      end();
      return;
    }
    caller
        .process()
        .afterMillis(
            caller.random().between(1, PAUSE_MILLIS),
            () -> {
              if (open == null) {
                create();
              } else {
                look();
              }
            });
  }

  /** A broker may be behind, so that it does not see the topic means nothing. */
  private void look() {
    Caller.Ask ask = new Caller.Ask("GetTopic", caller.anyBroker(), DEADLINE_MILLIS, false);
    caller.<TopicServiceGrpc.TopicServiceStub, GetTopicResponse>call(
        ask,
        TopicServiceGrpc::newStub,
        (stub, out) ->
            stub.getTopic(GetTopicRequest.newBuilder().setTopic(wanted.getTopic()).build(), out),
        response -> found(response.getTopic()),
        problem -> createOrEnd());
  }

  private void found(Topic topic) {
    Recorder.Begun<Admin> begun = open;
    KnownTopic last = slot.last();
    if (begun != null && (last == null || last.topicId() < topic.getTopicId())) {
      open = null;
      note(begun, topic);
      exists(topic);
    } else {
      createOrEnd();
    }
  }

  private void createOrEnd() {
    if (caller.world().isStopping()) {
      again();
    } else {
      create();
    }
  }

  private void endOpen(Outcome outcome) {
    Recorder.Begun<Admin> begun = open;
    if (begun != null) {
      begun.complete(admin -> admin.ended(outcome));
      caller.world().counts().add("create topic", outcome);
      open = null;
    }
  }

  private void end() {
    slot.setBusy(false);
    done.run();
  }
}
