// SPDX-License-Identifier: Apache-2.0
package dev.almadia.simulation.workload;

import dev.almadia.history.Admin;
import dev.almadia.history.Outcome;
import dev.almadia.history.Recorder;
import dev.almadia.v1.DeleteTopicRequest;
import dev.almadia.v1.DeleteTopicResponse;
import dev.almadia.v1.TopicServiceGrpc;

/**
 * The deletion of a topic. If it was refused the topic stays; if nobody answered it is tried until
 * the topic is gone.
 */
final class TopicDeletion {
  private static final long DEADLINE_MILLIS = 5_000;
  private static final long PAUSE_MILLIS = 200;

  private final Caller caller;
  private final TopicSlot slot;
  private final KnownTopic topic;
  private final long session;
  private final Runnable done;
  private boolean unsure;

  TopicDeletion(Caller caller, TopicSlot slot, KnownTopic topic, long session, Runnable done) {
    this.caller = caller;
    this.slot = slot;
    this.topic = topic;
    this.session = session;
    this.done = done;
  }

  void begin() {
    slot.setBusy(true);
    topic.close();
    delete();
  }

  private void delete() {
    Recorder.Begun<Admin> begun =
        caller
            .world()
            .recorder()
            .begin(
                caller.client(),
                session,
                call -> Admin.begun(call, Admin.Action.DELETE, topic.name(), topic.topicId()));
    Caller.Ask ask = new Caller.Ask("DeleteTopic", caller.broker(), DEADLINE_MILLIS, false);
    caller.<TopicServiceGrpc.TopicServiceStub, DeleteTopicResponse>call(
        ask,
        TopicServiceGrpc::newStub,
        (stub, out) ->
            stub.deleteTopic(DeleteTopicRequest.newBuilder().setTopic(topic.name()).build(), out),
        response -> {
          note(begun, Outcome.APPLIED);
          gone();
        },
        problem -> failed(begun, problem, ask));
  }

  private void note(Recorder.Begun<Admin> begun, Outcome outcome) {
    begun.complete(admin -> admin.ended(outcome));
    caller.world().counts().add("delete topic", outcome);
  }

  private void failed(Recorder.Begun<Admin> begun, Problem problem, Caller.Ask ask) {
    note(begun, problem.outcome());
    if (problem.is("TOPIC_NOT_FOUND")) {
      if (!unsure) {
        caller
            .world()
            .conduct()
            .broken(
                "G1",
                "a topic that was created stays",
                caller.where(ask.method(), ask.broker()) + ": " + topic + ": " + problem);
      }
      gone();
    } else if (problem.outcome() == Outcome.NOT_APPLIED && !unsure) {
      topic.reopen();
      end();
    } else if (problem.outcome() == Outcome.NOT_APPLIED) {
      again();
    } else {
      unsure = true;
      slot.becomesUnsure();
      again();
    }
  }

  private void again() {
    caller
        .process()
        .afterMillis(
            caller.random().between(1, PAUSE_MILLIS),
            () -> {
              if (caller.world().isStopping()) {
                end();
              } else {
                delete();
              }
            });
  }

  private void gone() {
    caller.world().topics().remove(topic);
    slot.deleted();
    end();
  }

  private void end() {
    slot.setBusy(false);
    done.run();
  }
}
