// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.core.metadata;

import dev.almadia.raft.core.config.ReplicaId;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Replicas that a group should have and those that it is leaving behind, and the rules by which
 * brokers are given lives. A life is never given twice for a broker: whoever held a replica and
 * lost or destroyed it is another member when it comes back, so that nobody answers for entries
 * that it no longer holds (bug class 19).
 *
 * @param target replica ids that the group should have, in order of preference to lead
 * @param leaving replica ids that still exist, or may, and go when the group has left them
 * @param lives by broker: lives below this are over, whether they are in leaving or not
 */
record Members(List<Integer> target, List<Integer> leaving, NavigableMap<Integer, Integer> lives) {
  /** Members of a new group: each broker's first life. */
  static Members first(List<Integer> brokerIds) {
    return new Members(List.copyOf(brokerIds), List.of(), Collections.emptyNavigableMap());
  }

  /** Whether one of these brokers, if it needs a new life, has none left. */
  boolean hasNoLifeLeft(List<Integer> brokerIds) {
    return brokerIds.stream().anyMatch(id -> nextLife(id) > ReplicaId.LIFE_MAX);
  }

  /**
   * With replicas on exactly these brokers. A broker keeps the replica that it has; one whose
   * replica is leaving takes that one back, as nothing of it was lost; others get a new life.
   */
  Members retarget(List<Integer> brokerIds) {
    List<Integer> wanted = new ArrayList<>(brokerIds.size());
    for (int brokerId : brokerIds) {
      Integer kept = replicaOn(brokerId);
      wanted.add(kept != null ? kept : ReplicaId.of(brokerId, nextLife(brokerId)));
    }
    Set<Integer> gone = new LinkedHashSet<>(leaving);
    gone.addAll(target);
    wanted.forEach(gone::remove);
    return new Members(wanted, List.copyOf(gone), lives);
  }

  /** After the broker's disk was lost: what it held is another replica from now on. */
  Members lose(int brokerId) {
    if (target.stream().noneMatch(id -> ReplicaId.broker(id) == brokerId)
        && leaving.stream().noneMatch(id -> ReplicaId.broker(id) == brokerId)) {
      return this;
    }
    int life = nextLife(brokerId);
    List<Integer> wanted = new ArrayList<>(target.size());
    List<Integer> gone = new ArrayList<>(leaving);
    for (int replica : target) {
      if (ReplicaId.broker(replica) == brokerId) {
        gone.add(replica);
        wanted.add(ReplicaId.of(brokerId, life));
      } else {
        wanted.add(replica);
      }
    }
    NavigableMap<Integer, Integer> over = new TreeMap<>(lives);
    over.put(brokerId, life);
    return new Members(wanted, gone, over);
  }

  /** Without the broker, whose replicas are over: if it comes back, it is another member. */
  Members forget(int brokerId) {
    NavigableMap<Integer, Integer> over = new TreeMap<>(lives);
    over.put(brokerId, nextLife(brokerId));
    List<Integer> wanted = new ArrayList<>(target);
    List<Integer> gone = new ArrayList<>(leaving);
    for (int replica : target) {
      if (ReplicaId.broker(replica) == brokerId) {
        wanted.remove(Integer.valueOf(replica));
        gone.add(replica);
      }
    }
    return new Members(wanted, gone, over);
  }

  /** After the group has left what it was leaving. */
  Members settle() {
    NavigableMap<Integer, Integer> over = new TreeMap<>(lives);
    for (int replica : leaving) {
      over.merge(ReplicaId.broker(replica), ReplicaId.life(replica) + 1, Math::max);
    }
    return new Members(target, List.of(), over);
  }

  /** The replica on this broker that is alive, null if there is none. */
  private @Nullable Integer replicaOn(int brokerId) {
    for (int replica : target) {
      if (ReplicaId.broker(replica) == brokerId) {
        return replica;
      }
    }
    Integer newest = null;
    for (int replica : leaving) {
      if (ReplicaId.broker(replica) == brokerId
          && ReplicaId.life(replica) >= lives.getOrDefault(brokerId, 0)
          && (newest == null || replica > newest)) {
        newest = replica;
      }
    }
    return newest;
  }

  private int nextLife(int brokerId) {
    int next = lives.getOrDefault(brokerId, 0);
    for (int replica : target) {
      if (ReplicaId.broker(replica) == brokerId) {
        next = Math.max(next, ReplicaId.life(replica) + 1);
      }
    }
    for (int replica : leaving) {
      if (ReplicaId.broker(replica) == brokerId) {
        next = Math.max(next, ReplicaId.life(replica) + 1);
      }
    }
    return next;
  }
}
