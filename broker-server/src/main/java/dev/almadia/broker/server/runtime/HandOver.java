// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.server.runtime;

import dev.almadia.broker.server.BrokerContext;
import dev.almadia.raft.core.PeerStatus;
import dev.almadia.raft.core.Role;
import dev.almadia.raft.shard.GroupView;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Before a stop: gives each group that this broker leads to the follower that holds most of its log
 * and can be reached. Asks again after a while, because a transfer may fail. The metadata group
 * goes last, so that it is there while the others move. One thread at a time.
 */
public final class HandOver {
  private static final long ROUND_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

  private final BrokerContext context;
  private final int self;
  private boolean asked;
  private boolean askedForPartitions;
  private long askedNanos;

  HandOver(BrokerContext context) {
    this.context = context;
    this.self = context.brokerId();
  }

  /**
   * Looks how far it is and asks for what is missing; to be called every few milliseconds.
   *
   * @return whether nothing is left that somebody else could lead
   */
  public boolean turn() {
    List<GroupView> led = led();
    if (led.isEmpty()) {
      return true;
    }
    boolean partitionsLeft = led.stream().anyMatch(view -> view.groupId() != 0);
    boolean next = partitionsLeft != askedForPartitions;
    if (!asked || next || context.nanoTime() - askedNanos >= ROUND_NANOS) {
      asked = true;
      askedForPartitions = partitionsLeft;
      askedNanos = context.nanoTime();
      for (GroupView view : led) {
        if (view.groupId() != 0 || !partitionsLeft) {
          context.groups().peers(view.groupId(), peers -> transfer(view.groupId(), peers));
        }
      }
    }
    return false;
  }

  /** Groups that this broker leads and that somebody else could. */
  private List<GroupView> led() {
    return context.groups().views().stream()
        .filter(view -> view.role() == Role.LEADER)
        .filter(view -> hasReachableFollower(view.groupId()))
        .toList();
  }

  private boolean hasReachableFollower(long groupId) {
    if (groupId == 0) {
      return context.image().brokers().keySet().stream().anyMatch(this::isOther);
    }
    var partition = context.image().partitionOf(groupId);
    return partition != null && partition.partition().replicas().stream().anyMatch(this::isOther);
  }

  private boolean isOther(int brokerId) {
    return brokerId != self && context.isReachable(brokerId);
  }

  /** Shard thread. */
  private void transfer(long groupId, List<PeerStatus> peers) {
    peers.stream()
        .filter(peer -> peer.active() && isOther(peer.brokerId()))
        .max(Comparator.comparingLong(PeerStatus::matchIndex))
        .ifPresent(peer -> context.groups().transferLeadership(groupId, peer.brokerId()));
  }
}
