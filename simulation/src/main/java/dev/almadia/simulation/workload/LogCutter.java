// SPDX-License-Identifier: Apache-2.0
package dev.almadia.simulation.workload;

import dev.almadia.broker.core.metadata.TopicImage;
import dev.almadia.broker.server.runtime.RunningBroker;
import dev.almadia.history.Admin;
import dev.almadia.raft.core.Role;
import dev.almadia.raft.shard.GroupView;
import dev.almadia.simulation.cluster.SimBroker;
import dev.almadia.simulation.disk.StoredGroup;

/** Has leaders forget the beginning of logs, as retention does: whatever is applied may go. */
final class LogCutter implements WorkloadClient {
  private final Caller caller;
  private final Pace pace;
  private final long session;

  /**
   * A cutter.
   *
   * @param pauseMillis between two cuts, on average
   */
  LogCutter(Caller caller, long pauseMillis) {
    this.caller = caller;
    this.pace = new Pace(caller, pauseMillis, this::cut);
    this.session = caller.world().newSession();
  }

  @Override
  public void start() {
    pace.start();
  }

  @Override
  public void stop() {
    // It waits for nothing.
  }

  @Override
  public boolean isIdle() {
    return true;
  }

  private void cut() {
    KnownTopic topic = caller.world().topics().pick(caller.random());
    TopicImage image = topic == null ? null : caller.world().cluster().image().topic(topic.name());
    if (topic == null || image == null || image.topicId() != topic.topicId()) {
      return;
    }
    int partition = caller.random().below(topic.partitions());
    long groupId = image.partitions().get(partition).groupId();
    for (SimBroker broker : caller.world().cluster().brokers()) {
      RunningBroker running = broker.running();
      GroupView view = running == null ? null : running.node().view(groupId);
      StoredGroup stored = broker.disk().find(groupId);
      if (running != null && view != null && stored != null && view.role() == Role.LEADER) {
        cut(topic, partition, running, view, stored);
      }
    }
  }

  private void cut(
      KnownTopic topic, int partition, RunningBroker leader, GroupView view, StoredGroup stored) {
    long last = Math.min(view.appliedIndex(), stored.lastIndex());
    if (last < stored.firstIndex()) {
      return;
    }
    long index = caller.random().between(stored.firstIndex(), last);
    long beforeOffset = stored.entry(index).nextOffset();
    // It has no answer, so it stays open in the history: from now on these may be gone.
    var unused =
        caller
            .world()
            .recorder()
            .begin(
                caller.client(),
                session,
                call -> Admin.trim(call, topic.partition(partition), beforeOffset));
    leader.node().advanceLogStart(view.groupId(), index);
    caller.world().counts().add("cut log", "asked");
  }
}
