// SPDX-License-Identifier: Apache-2.0
package dev.almadia.simulation.fault;

import dev.almadia.broker.core.metadata.BrokerImage;
import dev.almadia.broker.core.metadata.MetadataImage;
import dev.almadia.broker.server.runtime.RunningBroker;
import dev.almadia.internal.v1.MetadataCommand;
import dev.almadia.internal.v1.OperationRecord;
import dev.almadia.internal.v1.SetBrokerState;
import dev.almadia.raft.core.Role;
import dev.almadia.raft.shard.GroupView;
import dev.almadia.simulation.cluster.SimBroker;
import dev.almadia.simulation.cluster.SimCluster;
import dev.almadia.simulation.kernel.SimRandom;
import dev.almadia.v1.BrokerState;
import java.util.List;

/** Puts brokers on machines and takes them away, as people do it. */
final class Operator {
  private final SimCluster cluster;
  private final QuorumGuard guard;

  Operator(SimCluster cluster) {
    this.cluster = cluster;
    this.guard = new QuorumGuard(cluster);
  }

  /**
   * A broker that was decommissioned and is forgotten is taken away, with all on its disk. One that
   * wants to join and knows only those who went is told of others.
   */
  void takeAway() {
    MetadataImage image = cluster.image();
    for (int id : cluster.deployed()) {
      SimBroker machine = cluster.broker(id);
      if (image.wasGivenUp(id, machine.disk().incarnation())) {
        machine.retire();
      } else if (!isMember(image, machine) && cluster.isLeftAlone(id)) {
        cluster.world().trace().add(id, "is told of other brokers");
        machine.kill(false);
        cluster.deploy(id);
      }
    }
  }

  private static boolean isMember(MetadataImage image, SimBroker machine) {
    BrokerImage known = image.brokers().get(machine.id());
    return known != null && known.incarnation().equals(machine.disk().incarnation());
  }

  /** Puts a broker on some machine without one; returns which, 0 if there is none. */
  int deploy(SimRandom random) {
    List<Integer> free =
        cluster.brokers().stream()
            .filter(machine -> !machine.isDeployed())
            .map(SimBroker::id)
            .toList();
    if (free.isEmpty()) {
      return 0;
    }
    int id = random.pick(free);
    cluster.deploy(id);
    cluster.world().trace().add(id, "is to join");
    return id;
  }

  /** Whether no group loses its majority with a disk. */
  boolean canLoseDisk(int id) {
    boolean can = cluster.broker(id).isDeployed() && guard.canLose(id);
    if (!can) {
      cluster.world().trace().add(id, "is spared: some group needs its disk");
    }
    return can;
  }

  /**
   * Replaces the disk of a broker that is down by an empty one, unless a group that was created
   * since would lose its majority.
   */
  void loseDisk(int id, SimRandom random) {
    if (!canLoseDisk(id)) {
      return;
    }
    cluster.broker(id).loseDisk();
    boolean isForgotten =
        cluster.deployed().stream().noneMatch(other -> other != id && other <= formed());
    if (isForgotten || random.chance(0.5)) {
      cluster.deploy(id);
    }
  }

  private int formed() {
    return cluster.world().options().brokers();
  }

  /** Orders it where the metadata are led; nothing happens if nobody leads them. */
  void decommission(int id) {
    MetadataCommand.Builder command =
        MetadataCommand.newBuilder()
            .setSetBrokerState(
                SetBrokerState.newBuilder()
                    .setBrokerId(id)
                    .setState(BrokerState.BROKER_STATE_DECOMMISSIONING)
                    .setOperation(
                        OperationRecord.newBuilder()
                            .setKind("decommission")
                            .setRequestedBy("operator")
                            .setBrokerId(id)));
    for (SimBroker broker : cluster.brokers()) {
      RunningBroker running = broker.running();
      GroupView view = running == null ? null : running.node().view(MetadataImage.METADATA_GROUP);
      if (running != null && view != null && view.role() == Role.LEADER) {
        var unused = running.proposeMetadata(command.setTimeMs(running.wallMillis()).build());
      }
    }
  }
}
