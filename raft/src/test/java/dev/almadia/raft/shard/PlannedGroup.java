// SPDX-License-Identifier: Apache-2.0
package dev.almadia.raft.shard;

import dev.almadia.raft.core.config.GroupConfig;
import dev.almadia.raft.core.config.MemberTarget;
import dev.almadia.raft.core.config.ReplicaId;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What somebody outside wants of a group's members, and knows of them: who is to be one, who is on
 * the way out and goes when the group has left it, which lives are spent.
 */
final class PlannedGroup {
  final long groupId;
  private final Map<Integer, Integer> lives = new TreeMap<>();

  /** Broker and replica. */
  private final Map<Integer, Integer> wanted = new TreeMap<>();

  /** Replicas that are still there. */
  private final Set<Integer> leaving = new TreeSet<>();

  private MemberTarget target;
  private long reachedVersion;

  PlannedGroup(long groupId, List<Integer> brokers) {
    this.groupId = groupId;
    brokers.forEach(broker -> wanted.put(broker, nextLife(broker)));
    this.target = new MemberTarget(0, List.copyOf(wanted.values()), List.of());
  }

  private int nextLife(int broker) {
    return ReplicaId.of(broker, lives.merge(broker, 1, Integer::sum) - 1);
  }

  GroupConfig firstConfig() {
    return GroupConfig.of(target);
  }

  MemberTarget target() {
    return target;
  }

  Set<Integer> brokers() {
    return wanted.keySet();
  }

  /** Whether the group is what the target wants, and all others may be gone. */
  boolean isSettled() {
    return leaving.isEmpty() && reachedVersion == target.version();
  }

  /** Moves it. A broker whose replica is still there takes that one back. */
  void moveTo(List<Integer> brokers, int learners) {
    Map<Integer, Integer> before = new TreeMap<>(wanted);
    wanted.clear();
    for (int broker : brokers) {
      Integer replica = before.remove(broker);
      if (replica == null) {
        replica = leavingOn(broker);
      }
      if (replica == null) {
        replica = nextLife(broker);
      }
      leaving.remove(replica);
      wanted.put(broker, replica);
    }
    leaving.addAll(before.values());
    retarget(brokers, learners);
  }

  private Integer leavingOn(int broker) {
    return leaving.stream()
        .filter(replica -> ReplicaId.broker(replica) == broker && !isLost(replica))
        .findFirst()
        .orElse(null);
  }

  /** A later life than this one was given out: its disk is gone. */
  private boolean isLost(int replica) {
    return ReplicaId.life(replica) + 1 < lives.get(ReplicaId.broker(replica));
  }

  private void retarget(List<Integer> brokers, int learners) {
    List<Integer> replicas = new ArrayList<>();
    brokers.forEach(broker -> replicas.add(wanted.get(broker)));
    int voters = replicas.size() - learners;
    target =
        new MemberTarget(
            target.version() + 1,
            replicas.subList(0, voters),
            replicas.subList(voters, replicas.size()));
  }

  /** The disk of a broker is lost, and what was on it with it. */
  void loseDisk(int broker) {
    Integer lost = wanted.get(broker);
    if (lost == null) {
      // Whatever was leaving there is gone for good.
      lives.merge(broker, 1, Integer::sum);
      return;
    }
    leaving.add(lost);
    wanted.put(broker, nextLife(broker));
    retarget(List.copyOf(wanted.keySet()), 0);
  }

  /** A view of a leader: those who are out may go. */
  void learn(GroupView view) {
    if (view.isConfigCommitted() && view.config().isAt(target)) {
      leaving.clear();
      reachedVersion = target.version();
    }
  }

  /** The replica that is to be on the broker, 0 if none is to be made there. */
  int wantedOn(int broker) {
    return wanted.getOrDefault(broker, 0);
  }

  /** Whether this replica has to go. */
  boolean isGone(int replica) {
    return !wanted.containsValue(replica) && !leaving.contains(replica);
  }
}
