// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.server.runtime;

import dev.almadia.broker.server.BrokerContext;
import dev.almadia.raft.core.PeerStatus;
import dev.almadia.raft.core.Role;
import dev.almadia.raft.shard.GroupView;
import java.util.Comparator;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Before a stop: gives each group that this broker leads to the follower that holds most of its log
 * and can be reached. Asks again after a while, because a transfer may fail. The metadata group
 * goes last, so that it is there while the others move. One thread, which blocks.
 */
final class HandOver {
  private static final Logger LOG = LoggerFactory.getLogger(HandOver.class);
  private static final long ROUND_MS = 500;

  private final BrokerContext context;
  private final int self;

  HandOver(BrokerContext context, int self) {
    this.context = context;
    this.self = self;
  }

  void run(long millisMax) {
    long leftMs = millisMax;
    while (leftMs > 0 && !led().isEmpty()) {
      boolean partitionsLeft = led().stream().anyMatch(view -> view.groupId() != 0);
      for (GroupView view : led()) {
        if (view.groupId() != 0 || !partitionsLeft) {
          context.groups().peers(view.groupId(), peers -> transfer(view.groupId(), peers));
        }
      }
      long roundMs = Math.min(ROUND_MS, leftMs);
      boolean done =
          Waiting.until(
              () -> led().stream().noneMatch(v -> v.groupId() != 0 || !partitionsLeft), roundMs);
      leftMs -= done ? 1 : roundMs;
    }
    if (!led().isEmpty()) {
      LOG.warn("{} groups could not be handed over in time", led().size());
    }
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
