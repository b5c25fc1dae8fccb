// SPDX-License-Identifier: Apache-2.0
package dev.almadia.simulation.check;

import dev.almadia.raft.core.Entry;
import dev.almadia.raft.core.HardState;
import dev.almadia.raft.core.Message;
import dev.almadia.raft.core.config.ReplicaId;
import dev.almadia.raft.link.GroupMessage;
import dev.almadia.raft.link.PeerBatch;
import dev.almadia.simulation.check.GroupLedger.Ballot;
import dev.almadia.simulation.check.GroupLedger.Known;

/**
 * What disks hold, and what messages promise of them: a vote or an acknowledgement that leaves a
 * broker must be on its disk, and be of what the leader sent.
 */
final class PromiseChecks {
  private final Violations violations;
  private final Ledgers ledgers;

  PromiseChecks(Violations violations, Ledgers ledgers) {
    this.violations = violations;
    this.ledgers = ledgers;
  }

  /** An entry was written to a broker's disk. */
  void wrote(int replicaId, long groupId, Entry entry, long prevTerm) {
    GroupLedger ledger = ledgers.of(groupId);
    meet(replicaId, ledger, entry, prevTerm).written |= ledger.bit(replicaId);
  }

  private Known meet(int replicaId, GroupLedger ledger, Entry entry, long prevTerm) {
    Known known = ledger.meet(entry, prevTerm);
    if (known.crc32c != entry.header().crc32c() || known.nextOffset != entry.nextOffset()) {
      violations.add(
          "G2",
          "one payload per (term, index)",
          "replica "
              + ReplicaId.show(replicaId)
              + ", group "
              + ledger.groupId
              + ": another "
              + entry
              + " exists");
    } else if (known.prevTerm != prevTerm) {
      violations.add(
          "G2",
          "log matching",
          "replica "
              + ReplicaId.show(replicaId)
              + ", group "
              + ledger.groupId
              + ": "
              + entry
              + " follows term "
              + prevTerm
              + ", elsewhere term "
              + known.prevTerm);
    }
    return known;
  }

  /** An entry on a broker's disk is safe from a power loss from now on. */
  void synced(int replicaId, long groupId, long term, long index) {
    GroupLedger ledger = ledgers.of(groupId);
    Known known = ledger.known(term, index);
    if (known != null) {
      known.synced |= ledger.bit(replicaId);
    }
  }

  /** A broker cut an entry off its disk. */
  void truncated(int replicaId, long groupId, long term, long index) {
    GroupLedger ledger = ledgers.of(groupId);
    Known known = ledger.known(term, index);
    if (known != null) {
      known.written &= ~ledger.bit(replicaId);
      known.synced &= ~ledger.bit(replicaId);
    }
    if (index <= ledger.committed() && ledger.committedTerm(index) == term) {
      violations.add(
          "G1",
          "committed entries are never cut off",
          "replica "
              + ReplicaId.show(replicaId)
              + ", group "
              + groupId
              + " cut "
              + term
              + "/"
              + index);
    }
  }

  /** A power loss took an entry that was not synced. */
  void lost(int replicaId, long groupId, long term, long index) {
    GroupLedger ledger = ledgers.of(groupId);
    Known known = ledger.known(term, index);
    Ledgers.GroupFacts group = ledgers.facts(groupId);
    if (known != null && group != null && group.synced()) {
      known.written &= ~ledger.bit(replicaId);
    }
  }

  /** A broker sends; what it promises has to be on its disk already. */
  void sent(BrokerWatch broker, PeerBatch batch) {
    for (GroupMessage one : batch.messages()) {
      Message message = one.message();
      if (message instanceof Message.VoteResponse vote && vote.granted()) {
        checkVote(
            broker, ledgers.of(one.groupId()), new Ballot(vote.term(), vote.from()), vote.to());
      } else if (message instanceof Message.VoteRequest vote) {
        checkVote(
            broker, ledgers.of(one.groupId()), new Ballot(vote.term(), vote.from()), vote.from());
      } else if (message instanceof Message.AppendResponse answer && answer.success()) {
        checkHeld(broker, one.groupId(), answer, answer.matchIndex());
      } else if (message instanceof Message.HeartbeatResponse answer) {
        checkHeld(broker, one.groupId(), answer, answer.verifiedIndex());
      } else if (message instanceof Message.AppendRequest append) {
        checkEntries(one.groupId(), append);
      }
    }
  }

  /** What a replica promised that is not on the disk any more, its own disk cannot show. */
  private static boolean isAnother(BrokerWatch broker, long groupId, int replicaId) {
    return broker.diskReplica(groupId) != replicaId && broker.diskHardState(groupId) != null;
  }

  private void checkVote(BrokerWatch broker, GroupLedger ledger, Ballot ballot, int candidate) {
    long groupId = ledger.groupId;
    long term = ballot.term();
    HardState state = broker.diskHardState(groupId);
    boolean isHeld =
        state != null
            && (state.term() > term || (state.term() == term && state.votedFor() == candidate));
    boolean durable = isHeld || isAnother(broker, groupId, ballot.replicaId());
    if (!durable) {
      violations.add(
          "G2",
          "a vote is durable before it is told",
          "broker "
              + broker.id()
              + ", group "
              + groupId
              + " votes for "
              + candidate
              + " in term "
              + term
              + ", its disk has "
              + state);
    }
    Integer other = ledger.votes.putIfAbsent(ballot, candidate);
    if (other != null && other != candidate) {
      violations.add(
          "G2",
          "one vote per term",
          "broker "
              + broker.id()
              + ", group "
              + groupId
              + " voted for "
              + other
              + " and "
              + candidate
              + " in term "
              + term);
    }
  }

  private void checkHeld(BrokerWatch broker, long groupId, Message answer, long index) {
    Ledgers.GroupFacts group = ledgers.facts(groupId);
    if (index == 0 || group == null || isAnother(broker, groupId, answer.from())) {
      return;
    }
    long term = answer.term();
    long durable = group.synced() ? broker.diskSyncedIndex(groupId) : broker.diskLastIndex(groupId);
    HardState state = broker.diskHardState(groupId);
    boolean mayHaveCut = state != null && state.term() > term;
    if (durable < index && !mayHaveCut) {
      violations.add(
          "G1",
          "an entry is durable before it is acknowledged",
          "broker "
              + broker.id()
              + ", group "
              + groupId
              + " acknowledges index "
              + index
              + ", its disk has "
              + durable);
    }
    Long wanted = ledgers.of(groupId).sentBy(term, index);
    long held = broker.diskTerm(groupId, index);
    if (wanted != null && durable >= index && held >= 0 && held != wanted && !mayHaveCut) {
      violations.add(
          "G1",
          "what is acknowledged is what the leader sent",
          "broker "
              + broker.id()
              + ", group "
              + groupId
              + " acknowledges index "
              + index
              + " to the leader of term "
              + term
              + ", whose entry is of term "
              + wanted
              + "; its disk has one of term "
              + held);
    }
  }

  private void checkEntries(long groupId, Message.AppendRequest append) {
    GroupLedger ledger = ledgers.of(groupId);
    long prevTerm = append.prev().term();
    ledger.sent(append.term(), append.prev().index(), prevTerm);
    for (Entry entry : append.entries()) {
      ledger.sent(append.term(), entry.index(), entry.term());
      Known unused = meet(append.from(), ledger, entry, prevTerm);
      prevTerm = entry.term();
    }
  }
}
