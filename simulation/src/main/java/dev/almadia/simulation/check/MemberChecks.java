// SPDX-License-Identifier: Apache-2.0
package dev.almadia.simulation.check;

import dev.almadia.raft.core.Entry;
import dev.almadia.raft.core.EntryKind;
import dev.almadia.raft.core.Role;
import dev.almadia.raft.core.config.GroupConfig;
import dev.almadia.raft.core.config.GroupConfigCodec;
import dev.almadia.raft.core.config.ReplicaId;
import dev.almadia.raft.shard.GroupView;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What must hold while members of groups change: one change at a time, no replica goes that its
 * group may still need, no broker comes back by itself.
 */
final class MemberChecks {
  private final Violations violations;
  private final Set<Long> deleted = new TreeSet<>();

  /** Revision at which a disk's broker was removed, by incarnation. */
  private final Map<String, Long> removed = new TreeMap<>();

  MemberChecks(Violations violations) {
    this.violations = violations;
  }

  void check(BrokerWatch broker, GroupLedger ledger, GroupView before, GroupView view) {
    if (view.isConfigCommitted()) {
      ledger.configCommitted(view.configIndex(), view.config());
    }
    boolean isNew = view.role() == Role.LEADER && view.configIndex() != before.configIndex();
    if (isNew && view.confirmed() && !view.isConfigCommitted()) {
      checkUncommitted(broker, view);
    }
    if (isNew && !view.isConfigCommitted()) {
      checkOwnTerm(broker, view);
    }
  }

  /** Else two leaders in turn may change members in ways whose quorums do not meet (class 12). */
  private void checkOwnTerm(BrokerWatch broker, GroupView view) {
    Entry appended = broker.entry(view, view.configIndex());
    Entry committed = broker.entry(view, view.commitIndex());
    if (appended != null
        && committed != null
        && appended.term() == view.term()
        && committed.term() < view.term()) {
      violations.add(
          "G1",
          "members change only when an entry of the leader's term is committed",
          "broker " + broker.id() + ", " + view + " appended " + view.config());
    }
  }

  /** Somebody is seen to lead for the first time: by the votes of a majority of both halves. */
  void elected(BrokerWatch broker, GroupLedger ledger, GroupView before, GroupView view) {
    if (!isElected(ledger, view, before.config()) && !isElected(ledger, view, view.config())) {
      violations.add(
          "G2",
          "a majority elects, of the old and of the new members",
          "broker " + broker.id() + ", " + view);
    }
  }

  private static boolean isElected(GroupLedger ledger, GroupView view, GroupConfig config) {
    return hasVotes(ledger, view, config.voters())
        && (!config.isJoint() || hasVotes(ledger, view, config.outgoing()));
  }

  private static boolean hasVotes(GroupLedger ledger, GroupView view, List<Integer> voters) {
    int votes = 0;
    for (int voter : voters) {
      // Nobody hears a vote for oneself.
      Integer candidate =
          voter == view.selfId()
              ? Integer.valueOf(voter)
              : ledger.votes.get(new GroupLedger.Ballot(view.term(), voter));
      votes += candidate != null && candidate == view.selfId() ? 1 : 0;
    }
    return votes > voters.size() / 2;
  }

  /** One at a time, but for the way back from a joint one. */
  private void checkUncommitted(BrokerWatch broker, GroupView view) {
    List<GroupConfig> open = new ArrayList<>();
    for (long index = view.commitIndex() + 1; index <= view.configIndex(); index++) {
      Entry entry = broker.entry(view, index);
      if (entry != null && entry.kind() == EntryKind.CONFIG) {
        open.add(GroupConfigCodec.decode(entry.payload()));
      }
    }
    boolean isWayBack =
        open.size() == 2
            && open.get(0).isJoint()
            && open.get(1).voters().equals(open.get(0).outgoing());
    if (open.size() > 1 && !isWayBack) {
      violations.add(
          "G1",
          "one change of members at a time",
          "broker " + broker.id() + ", " + view + ": uncommitted are " + open);
    }
  }

  /**
   * What is not in the target is destroyed then, so the group must have been brought to this very
   * target: with an earlier one that looks the same, a change to the one between may yet come.
   */
  void settled(GroupLedger ledger, long targetRevision) {
    GroupConfig config = ledger.committedConfig;
    if (config.targetVersion() < targetRevision) {
      violations.add(
          "G1",
          "a group is settled when it was brought to its target",
          "group "
              + ledger.groupId
              + " is settled at revision "
              + targetRevision
              + "; committed is "
              + config);
    }
  }

  void deleted(long groupId) {
    deleted.add(groupId);
  }

  void destroyed(GroupLedger ledger, int replicaId) {
    GroupConfig config = ledger.committedConfig;
    boolean counts = config.voters().contains(replicaId) || config.outgoing().contains(replicaId);
    if (counts && !deleted.contains(ledger.groupId)) {
      violations.add(
          "G1",
          "a replica goes only when its group does without it",
          "replica "
              + ReplicaId.show(replicaId)
              + " of group "
              + ledger.groupId
              + " was destroyed; committed is "
              + config);
    }
  }

  void removed(long revision, int brokerId, String incarnation) {
    removed.merge(brokerId + " " + incarnation, revision, Math::max);
  }

  void registered(long revision, int brokerId, String incarnation) {
    Long since = removed.get(brokerId + " " + incarnation);
    if (since != null && revision > since) {
      violations.add(
          "G11",
          "a broker that was removed stays out",
          "broker "
              + brokerId
              + " was removed at revision "
              + since
              + " and is back with the same disk at revision "
              + revision);
    }
  }
}
