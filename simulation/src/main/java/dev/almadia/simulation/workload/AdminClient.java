// SPDX-License-Identifier: Apache-2.0
package dev.almadia.simulation.workload;

import com.google.protobuf.FieldMask;
import dev.almadia.history.Admin;
import dev.almadia.history.Outcome;
import dev.almadia.history.Recorder;
import dev.almadia.simulation.kernel.SimRandom;
import dev.almadia.v1.ClusterServiceGrpc;
import dev.almadia.v1.GetClusterHealthRequest;
import dev.almadia.v1.GetClusterHealthResponse;
import dev.almadia.v1.GetTopicRequest;
import dev.almadia.v1.GetTopicResponse;
import dev.almadia.v1.ListPartitionsRequest;
import dev.almadia.v1.ListPartitionsResponse;
import dev.almadia.v1.ListTopicsRequest;
import dev.almadia.v1.ListTopicsResponse;
import dev.almadia.v1.Topic;
import dev.almadia.v1.TopicConfig;
import dev.almadia.v1.TopicServiceGrpc;
import dev.almadia.v1.UpdateTopicRequest;
import dev.almadia.v1.UpdateTopicResponse;
import java.util.ArrayList;
import java.util.List;

/**
 * Creates the topics, looks at them, changes their settings, deletes some and creates others by the
 * same name. Each topic name belongs to one administrator.
 */
final class AdminClient implements WorkloadClient {
  private static final long DEADLINE_MILLIS = 6_000;
  private static final List<Long> BATCH_BYTES_MAX = List.of(1L << 10, 1L << 16, 1L << 20, 0L);

  private final Caller caller;
  private final WorkloadOptions options;
  private final Pace pace;
  private final long session;
  private final List<TopicSlot> slots = new ArrayList<>();
  private int underWay;

  /**
   * An administrator.
   *
   * @param topics names that he has from the start
   */
  AdminClient(Caller caller, WorkloadOptions options, List<String> topics) {
    this.caller = caller;
    this.options = options;
    this.pace = new Pace(caller, options.adminPauseMillis(), this::step);
    this.session = caller.world().newSession();
    topics.forEach(name -> slots.add(new TopicSlot(name)));
  }

  @Override
  public void start() {
    slots.forEach(this::create);
    pace.start();
  }

  @Override
  public void stop() {
    // Each call has a deadline, and nothing is tried again.
  }

  @Override
  public boolean isIdle() {
    return underWay == 0;
  }

  private void step() {
    int number = caller.random().below(slots.size());
    TopicSlot slot = slots.get(number);
    if (slot.isBusy()) {
      return;
    }
    KnownTopic topic = slot.topic();
    if (topic == null) {
      createAgain(number, slot);
      return;
    }
    switch (caller.random().below(10)) {
      case 0, 1 -> list();
      case 2, 3 -> describe(topic);
      case 4 -> describePartitions(topic);
      case 5 -> health();
      case 6, 7 -> update(topic);
      default -> {
        if (options.recreates() && caller.random().chance(0.5)) {
          underWay++;
          new TopicDeletion(caller, slot, topic, session, () -> underWay--).begin();
        } else {
          describe(topic);
        }
      }
    }
  }

  /** Under the old name when all its calls are over; under a new one if that cannot be known. */
  private void createAgain(int number, TopicSlot slot) {
    if (slot.isSpoilt()) {
      TopicSlot other = new TopicSlot(slot.name() + "x");
      slots.set(number, other);
      create(other);
    } else if (slot.mayCreate()) {
      create(slot);
    }
  }

  private void create(TopicSlot slot) {
    underWay++;
    new TopicCreation(caller, slot, draw(slot.name()), session, () -> underWay--).begin();
  }

  private Topic draw(String name) {
    SimRandom random = caller.random();
    int brokers = caller.world().activeBrokers();
    int usual = Math.min(3, brokers);
    TopicConfig.Builder config = TopicConfig.newBuilder();
    if (random.chance(options.bufferedShare())) {
      config.setDurability(dev.almadia.v1.Durability.DURABILITY_QUORUM_BUFFERED);
    }
    return Topic.newBuilder()
        .setTopic(name)
        .setPartitions(random.between(1, options.partitionsMax()))
        .setReplicationFactor(
            random.chance(0.7) ? usual : random.between(options.replicasMin(brokers), brokers))
        .setConfig(config)
        .build();
  }

  private Caller.Ask ask(String method) {
    return new Caller.Ask(method, caller.broker(), DEADLINE_MILLIS, false);
  }

  private void list() {
    underWay++;
    caller.<TopicServiceGrpc.TopicServiceStub, ListTopicsResponse>call(
        ask("ListTopics"),
        TopicServiceGrpc::newStub,
        (stub, out) -> stub.listTopics(ListTopicsRequest.getDefaultInstance(), out),
        response -> looked(true),
        problem -> looked(false));
  }

  private void describe(KnownTopic topic) {
    underWay++;
    Caller.Ask ask = ask("GetTopic");
    caller.<TopicServiceGrpc.TopicServiceStub, GetTopicResponse>call(
        ask,
        TopicServiceGrpc::newStub,
        (stub, out) ->
            stub.getTopic(GetTopicRequest.newBuilder().setTopic(topic.name()).build(), out),
        response -> {
          Topic found = response.getTopic();
          boolean same =
              found.getTopicId() != topic.topicId() || found.getPartitions() == topic.partitions();
          if (!found.getTopic().equals(topic.name()) || !same) {
            caller
                .world()
                .conduct()
                .wrong(
                    "a topic is as it was made",
                    caller.where(ask.method(), ask.broker()) + ": " + topic + " is " + found);
          }
          looked(true);
        },
        problem -> looked(false));
  }

  private void describePartitions(KnownTopic topic) {
    underWay++;
    Caller.Ask ask = ask("ListPartitions");
    caller.<TopicServiceGrpc.TopicServiceStub, ListPartitionsResponse>call(
        ask,
        TopicServiceGrpc::newStub,
        (stub, out) ->
            stub.listPartitions(
                ListPartitionsRequest.newBuilder().setTopic(topic.name()).build(), out),
        response -> {
          boolean others =
              response.getPartitionsList().stream()
                  .anyMatch(partition -> !partition.getTopic().equals(topic.name()));
          if (others) {
            caller
                .world()
                .conduct()
                .wrong(
                    "only the topic that was asked for",
                    caller.where(ask.method(), ask.broker()) + ": asked for " + topic);
          }
          looked(true);
        },
        problem -> looked(false));
  }

  private void health() {
    underWay++;
    caller.<ClusterServiceGrpc.ClusterServiceStub, GetClusterHealthResponse>call(
        ask("GetClusterHealth"),
        ClusterServiceGrpc::newStub,
        (stub, out) -> stub.getClusterHealth(GetClusterHealthRequest.getDefaultInstance(), out),
        response -> looked(true),
        problem -> looked(false));
  }

  private void looked(boolean succeeded) {
    underWay--;
    caller.world().counts().addRead("describe", succeeded);
  }

  private void update(KnownTopic topic) {
    SimRandom random = caller.random();
    boolean labels = random.chance(0.5);
    Topic.Builder changed = Topic.newBuilder().setTopic(topic.name());
    if (labels) {
      changed.putLabels("colour", "c" + random.below(10));
    } else {
      changed.setConfig(TopicConfig.newBuilder().setMaxBatchBytes(random.pick(BATCH_BYTES_MAX)));
    }
    UpdateTopicRequest request =
        UpdateTopicRequest.newBuilder()
            .setTopic(changed)
            .setUpdateMask(
                FieldMask.newBuilder().addPaths(labels ? "labels" : "config.max_batch_bytes"))
            .setEtag(random.chance(0.1) ? "1" : "")
            .build();
    Recorder.Begun<Admin> begun =
        caller
            .world()
            .recorder()
            .begin(
                caller.client(),
                session,
                call -> Admin.begun(call, Admin.Action.OTHER, topic.name(), topic.topicId()));
    underWay++;
    caller.<TopicServiceGrpc.TopicServiceStub, UpdateTopicResponse>call(
        ask("UpdateTopic"),
        TopicServiceGrpc::newStub,
        (stub, out) -> stub.updateTopic(request, out),
        response -> changed(begun, Outcome.APPLIED),
        problem -> changed(begun, problem.outcome()));
  }

  private void changed(Recorder.Begun<Admin> begun, Outcome outcome) {
    underWay--;
    begun.complete(admin -> admin.ended(outcome));
    caller.world().counts().add("update topic", outcome);
  }
}
