// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.server.runtime;

import dev.almadia.broker.core.metadata.MetadataImage;
import dev.almadia.broker.core.metadata.MetadataImage.PartitionOfTopic;
import dev.almadia.broker.server.BrokerContext;
import dev.almadia.raft.core.PeerStatus;
import dev.almadia.raft.core.Role;
import dev.almadia.raft.core.config.ReplicaId;
import dev.almadia.raft.shard.GroupView;
import java.util.Comparator;
import java.util.List;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.IntPredicate;
import java.util.stream.Collectors;

/**
 * Before a stop, and while the broker is drained: gives each group that this broker leads to
 * another voter that can be reached. That is the first in the order of its partition that is not
 * drained itself and has what is committed, as the cluster's controller would choose: two who name
 * different successors make two candidates. Without such a one, it is the one with most of the log.
 *
 * <p>A group takes no writes while it changes hands, so only a few do at a time: each is through in
 * a few milliseconds, where hundreds at once would all wait for the last. Asks again after a while,
 * because a transfer may fail. The metadata group goes last, so that it is there while the others
 * move. One thread at a time.
 */
public final class HandOver {
  /** A transfer that takes longer has probably failed. */
  private static final long ROUND_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

  /** Groups on their way at a time. */
  private static final int LOT = 16;

  private final BrokerContext context;
  private final int self;
  private final IntPredicate mayLead;

  /** Groups on their way to when they were asked for. */
  private final NavigableMap<Long, Long> askedNanos = new TreeMap<>();

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
    boolean partitionsLeft = led.stream().anyMatch(view -> view.groupId() != 0);
    long now = context.nanoTime();
    Set<Long> left = led.stream().map(GroupView::groupId).collect(Collectors.toSet());
    askedNanos
        .entrySet()
        .removeIf(asked -> !left.contains(asked.getKey()) || now - asked.getValue() >= ROUND_NANOS);
    for (GroupView view : led) {
      if (askedNanos.size() >= LOT) {
        break;
      }
      boolean isTurn = view.groupId() != 0 || !partitionsLeft;
      if (isTurn && askedNanos.putIfAbsent(view.groupId(), now) == null) {
        context.groups().peers(view.groupId(), peers -> transfer(view, peers));
      }
    }
    return led.isEmpty();
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
    MetadataImage image = context.image();
    PartitionOfTopic placed = image.partitionOf(view.groupId());
    List<Integer> order = placed == null ? List.of() : placed.partition().replicas();
    peers.stream()
        .filter(peer -> peer.active() && view.config().voters().contains(peer.replicaId()))
        .filter(peer -> couldLead(peer.replicaId()))
        .max(
            Comparator.comparing((PeerStatus peer) -> image.isActive(peer.brokerId()))
                .thenComparing(peer -> peer.matchIndex() >= view.commitIndex())
                .thenComparing(peer -> -place(order, peer.brokerId()))
                .thenComparingLong(PeerStatus::matchIndex))
        .ifPresent(peer -> context.groups().transferLeadership(view.groupId(), peer.brokerId()));
  }

  /** One that is to leave comes last. */
  private static int place(List<Integer> order, int brokerId) {
    int place = order.indexOf(brokerId);
    return place < 0 ? order.size() : place;
  }
}
