// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.server.runtime;

import dev.almadia.broker.server.BrokerContext;
import dev.almadia.raft.core.PeerStatus;
import dev.almadia.raft.core.Role;
import dev.almadia.raft.core.config.ReplicaId;
import dev.almadia.raft.shard.GroupView;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.IntPredicate;

/**
 * Before a stop, and while the broker is drained: gives each group that this broker leads to the
 * voter that holds most of its log and can be reached, best one that is not drained itself. Asks
 * again after a while, because a transfer may fail. The metadata group goes last, so that it is
 * there while the others move. One thread at a time.
 */
public final class HandOver {
  private static final long ROUND_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

  private final BrokerContext context;
  private final int self;
  private final IntPredicate mayLead;
  private boolean asked;
  private boolean askedForPartitions;
  private long askedNanos;

  HandOver(BrokerContext context, IntPredicate mayLead) {
    this.context = context;
    this.self = context.brokerId();
    this.mayLead = mayLead;
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
          context.groups().peers(view.groupId(), peers -> transfer(view, peers));
        }
      }
    }
    return false;
  }

  /** Groups that this broker leads and that somebody else could. */
  private List<GroupView> led() {
    return context.groups().views().stream()
        .filter(view -> view.role() == Role.LEADER)
        .filter(view -> view.config().voters().stream().anyMatch(this::couldLead))
        .toList();
  }

  private boolean couldLead(int replicaId) {
    int brokerId = ReplicaId.broker(replicaId);
    return brokerId != self && context.isReachable(brokerId) && mayLead.test(brokerId);
  }

  /** Shard thread. */
  private void transfer(GroupView view, List<PeerStatus> peers) {
    peers.stream()
        .filter(peer -> peer.active() && view.config().voters().contains(peer.replicaId()))
        .filter(peer -> couldLead(peer.replicaId()))
        .max(
            Comparator.comparing((PeerStatus peer) -> context.image().isActive(peer.brokerId()))
                .thenComparingLong(PeerStatus::matchIndex))
        .ifPresent(peer -> context.groups().transferLeadership(view.groupId(), peer.brokerId()));
  }
}
