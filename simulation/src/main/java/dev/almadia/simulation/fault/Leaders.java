// SPDX-License-Identifier: Apache-2.0
package dev.almadia.simulation.fault;

import dev.almadia.raft.core.Role;
import dev.almadia.raft.shard.GroupView;
import dev.almadia.simulation.cluster.SimBroker;
import dev.almadia.simulation.cluster.SimCluster;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Who leads which group by its own word; of two, the one with the higher term. */
final class Leaders {
  private record Lead(long term, int broker) {}

  private Leaders() {}

  /** The leader of each group that has one, in the order of groups: one may be there often. */
  static List<Integer> of(SimCluster cluster) {
    return leads(cluster).values().stream().map(Lead::broker).toList();
  }

  /** Another number whenever another broker leads a group, or the same one in another term. */
  static long fingerprint(SimCluster cluster) {
    long print = 0;
    for (Map.Entry<Long, Lead> lead : leads(cluster).entrySet()) {
      print = print * 31 + lead.getKey();
      print = print * 31 + lead.getValue().term();
      print = print * 31 + lead.getValue().broker();
    }
    return print;
  }

  private static Map<Long, Lead> leads(SimCluster cluster) {
    Map<Long, Lead> leads = new TreeMap<>();
    for (SimBroker broker : cluster.brokers()) {
      for (GroupView view : broker.views()) {
        if (view.role() == Role.LEADER) {
          leads.merge(
              view.groupId(),
              new Lead(view.term(), broker.id()),
              (one, other) -> other.term() > one.term() ? other : one);
        }
      }
    }
    return leads;
  }
}
