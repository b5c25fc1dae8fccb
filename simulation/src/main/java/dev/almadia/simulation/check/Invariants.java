// SPDX-License-Identifier: Apache-2.0
package dev.almadia.simulation.check;

import dev.almadia.broker.core.record.StoredBatches;
import dev.almadia.raft.core.Entry;
import dev.almadia.raft.core.EntryKind;
import dev.almadia.raft.core.Role;
import dev.almadia.raft.core.config.ConfigHistory;
import dev.almadia.raft.core.config.GroupConfig;
import dev.almadia.raft.core.config.ReplicaId;
import dev.almadia.raft.link.PeerBatch;
import dev.almadia.raft.shard.GroupView;
import dev.almadia.simulation.check.GroupLedger.Known;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.LongPredicate;
import org.jspecify.annotations.Nullable;

/**
 * What must hold after every step, checked where it changes: views after a shard's turn, entries
 * when they reach a disk, promises when they leave in a message, acknowledgements when a client
 * hears them. The work per step is that of the step, not that of the cluster.
 *
 * <p>The numbers of the rules are those of the reliability page: one leader per term (I1), one
 * payload per (term, index) and log matching (I2), a committed prefix that never changes (I3),
 * commits and acknowledgements only of what a majority holds (I4, I5), order of indexes and terms
 * (I6), a leader has all that is committed (I7), dense offsets (I8), metadata images equal at equal
 * revision (I9).
 */
public final class Invariants {
  /** What a broker showed last of a group, in one life of its process. */
  private static final class Seen {
    long term;
    long commitIndex;
    long checkedIndex;
    long highWatermark;
    GroupView view;

    /**
     * In force since the oldest commit that is not checked, because its entry was not to be had.
     */
    final Set<GroupConfig> configs = new LinkedHashSet<>();

    Seen(GroupView view) {
      this.view = view;
    }
  }

  /** What a client was told, and no replica has shown yet. */
  private record Acknowledged(long groupId, String where, long nextOffset) {}

  private final Violations violations;
  private final boolean mayLag;
  private final List<Acknowledged> unseen = new ArrayList<>();
  private final Ledgers ledgers = new Ledgers();
  private final Map<Integer, Map<Long, Seen>> seen = new TreeMap<>();
  private final Map<Long, String> images = new TreeMap<>();
  private final MemberChecks members;
  private final PromiseChecks promises;

  /**
   * Checks of one run.
   *
   * @param mayLag caches are so small that a committed entry may be in no place that can be seen
   */
  public Invariants(Violations violations, boolean mayLag) {
    this.violations = violations;
    this.mayLag = mayLag;
    this.members = new MemberChecks(violations);
    this.promises = new PromiseChecks(violations, ledgers);
  }

  /**
   * A group exists.
   *
   * @param isPartition whether it holds records
   * @param synced whether what it acknowledges is synced
   */
  public void group(long groupId, boolean isPartition, boolean synced) {
    ledgers.put(groupId, new Ledgers.GroupFacts(isPartition, synced));
  }

  private GroupLedger ledger(long groupId) {
    return ledgers.of(groupId);
  }

  /** A broker's process begins: what it shows starts anew. */
  public void started(int brokerId) {
    seen.put(brokerId, new TreeMap<>());
  }

  // ---- views

  /** A shard of the broker had a turn. A view that is the same object has not changed. */
  @SuppressWarnings("ReferenceEquality")
  public void turned(BrokerWatch broker) {
    Map<Long, Seen> shown = seen.get(broker.id());
    if (shown == null) {
      return;
    }
    for (GroupView view : broker.views()) {
      Seen last = shown.get(view.groupId());
      if (last == null || last.view.selfId() != view.selfId()) {
        last = new Seen(view);
        shown.put(view.groupId(), last);
      } else if (last.view == view && last.checkedIndex == last.commitIndex) {
        continue;
      }
      check(broker, view, last);
      last.view = view;
    }
  }

  private void check(BrokerWatch broker, GroupView view, Seen last) {
    int id = broker.id();
    if (view.term() < last.term) {
      broken("G2", "terms never fall", id, view, "term fell from " + last.term);
    }
    if (view.commitIndex() < last.commitIndex) {
      broken("G4", "commit never falls", id, view, "commit index fell from " + last.commitIndex);
    }
    if (view.highWatermark() < last.highWatermark) {
      broken(
          "G4", "commit never falls", id, view, "high watermark fell from " + last.highWatermark);
    }
    if (view.appliedIndex() > view.commitIndex() || view.commitIndex() > view.lastIndex()) {
      broken("G4", "applied <= commit <= last", id, view, "out of order");
    }
    if (view.durableIndex() > view.lastIndex()) {
      broken("G1", "durable <= last", id, view, "out of order");
    }
    checkOwnTerm(broker, view, last);
    members.check(broker, ledger(view.groupId()), last.view, view);
    last.term = view.term();
    last.commitIndex = view.commitIndex();
    last.highWatermark = view.highWatermark();
    if (view.role() == Role.LEADER) {
      checkLeader(broker, view, last.view);
    }
    checkCommitted(broker, view, last);
  }

  /** A leader counts replicas for entries of its own term only (Raft, section 5.4.2, figure 8). */
  private void checkOwnTerm(BrokerWatch broker, GroupView view, Seen last) {
    boolean leads = view.role() == Role.LEADER && last.view.role() == Role.LEADER;
    if (!leads || view.term() != last.view.term() || view.commitIndex() <= last.commitIndex) {
      return;
    }
    Entry entry = broker.entry(view, view.commitIndex());
    if (entry != null && entry.term() != view.term()) {
      broken(
          "G1",
          "a leader commits by an entry of its own term",
          broker.id(),
          view,
          "committed " + entry);
    }
  }

  private void checkLeader(BrokerWatch broker, GroupView view, GroupView before) {
    GroupLedger ledger = ledger(view.groupId());
    Integer other = ledger.leaders.putIfAbsent(view.term(), view.selfId());
    if (other != null && other != view.selfId()) {
      broken(
          "G2",
          "one leader per term",
          broker.id(),
          view,
          "replica " + ReplicaId.show(other) + " led in this term");
    } else if (other == null) {
      members.elected(broker, ledger, before, view);
    }
    long top = ledger.committed();
    while (top > 0 && ledger.committedTerm(top) > view.term()) {
      top--;
    }
    if (view.lastIndex() < top) {
      broken(
          "G1",
          "a leader has all that is committed",
          broker.id(),
          view,
          "index " + top + " is committed");
    }
  }

  private void checkCommitted(BrokerWatch broker, GroupView view, Seen last) {
    GroupLedger ledger = ledger(view.groupId());
    // What was cut was committed, so some replica has shown it; else it is waited for.
    last.checkedIndex =
        Math.max(last.checkedIndex, Math.min(view.firstIndex() - 1, ledger.committed()));
    // The configuration may have changed in the very turn that committed under the one before.
    last.configs.add(last.view.config());
    last.configs.add(view.config());
    while (last.checkedIndex < view.commitIndex()) {
      long index = last.checkedIndex + 1;
      Entry entry = broker.entry(view, index);
      if (entry == null) {
        return;
      }
      if (index <= ledger.committed()) {
        checkSame(broker, view, ledger, entry);
      } else {
        commit(broker, view, entry, configsFor(view.groupId(), last));
      }
      last.checkedIndex = index;
    }
    last.configs.clear();
    if (view.commitIndex() <= ledger.committed()
        && view.highWatermark() != ledger.committedNextOffset(view.commitIndex())) {
      broken(
          "G3",
          "high watermark is the offset after the commit index",
          broker.id(),
          view,
          "should be " + ledger.committedNextOffset(view.commitIndex()));
    }
  }

  /**
   * By which the commit may have been decided: the leader goes by the newest configuration of its
   * log, which the broker that hears of the commit may not have yet.
   */
  private Set<GroupConfig> configsFor(long groupId, Seen of) {
    Set<GroupConfig> configs = new LinkedHashSet<>(of.configs);
    for (Map<Long, Seen> shown : seen.values()) {
      Seen other = shown.get(groupId);
      if (other != null && other.view.role() == Role.LEADER) {
        configs.addAll(other.configs);
        configs.add(other.view.config());
      }
    }
    return configs;
  }

  private void checkSame(BrokerWatch broker, GroupView view, GroupLedger ledger, Entry entry) {
    Known known = ledger.known(entry.term(), entry.index());
    if (ledger.committedTerm(entry.index()) != entry.term()
        || known == null
        || known.crc32c != entry.header().crc32c()
        || known.nextOffset != entry.nextOffset()) {
      broken(
          "G2",
          "committed entries are the same everywhere",
          broker.id(),
          view,
          "has " + entry + ", term " + ledger.committedTerm(entry.index()) + " was committed");
    }
  }

  private void commit(BrokerWatch broker, GroupView view, Entry entry, Set<GroupConfig> configs) {
    GroupLedger ledger = ledger(view.groupId());
    long before = ledger.committedNextOffset(entry.index() - 1);
    long records = entry.nextOffset() - before;
    Ledgers.GroupFacts group = ledgers.facts(view.groupId());
    boolean holdsRecords = group != null && group.isPartition() && entry.kind() == EntryKind.DATA;
    long expected = holdsRecords ? recordsIn(entry, before, broker, view) : records;
    if (records != expected || (entry.kind() != EntryKind.DATA && records != 0)) {
      broken(
          "G3",
          "offsets are dense",
          broker.id(),
          view,
          entry + " goes from offset " + before + " to " + entry.nextOffset());
    }
    Known known = ledger.known(entry.term(), entry.index());
    boolean held =
        known != null
            && group != null
            && (configs.stream().anyMatch(config -> isHeld(ledger, config, known))
                || isHeld(ledger, ledger.newestConfig, known));
    if (group != null && !held) {
      broken(
          "G1",
          "committed only what a majority holds",
          broker.id(),
          view,
          entry + " is on the disks of " + (known == null ? "nobody" : holders(ledger, known)));
    }
    ledger.commit(entry);
  }

  private long recordsIn(Entry entry, long before, BrokerWatch broker, GroupView view) {
    StoredBatches.Stored batch = StoredBatches.read(entry.payload());
    if (batch.firstOffset() != before) {
      broken(
          "G3",
          "offsets are dense",
          broker.id(),
          view,
          entry + " says it begins at " + batch.firstOffset() + ", should be " + before);
    }
    return batch.count();
  }

  private boolean isHeld(GroupLedger ledger, GroupConfig config, Known known) {
    long mask = mask(ledger, known);
    return hasMajority(ledger, config.voters(), mask)
        && (!config.isJoint() || hasMajority(ledger, config.outgoing(), mask));
  }

  private static boolean hasMajority(GroupLedger ledger, List<Integer> replicaIds, long mask) {
    int holders = 0;
    for (int replica : replicaIds) {
      holders += (mask & ledger.bit(replica)) != 0 ? 1 : 0;
    }
    return holders > replicaIds.size() / 2;
  }

  private long mask(GroupLedger ledger, Known known) {
    Ledgers.GroupFacts group = ledgers.facts(ledger.groupId);
    return group != null && group.synced() ? known.synced : known.written;
  }

  private String holders(GroupLedger ledger, Known known) {
    return ledger.replicasIn(mask(ledger, known)).toString();
  }

  // ---- disks and messages, see PromiseChecks

  /** An entry was written to a broker's disk. */
  public void wrote(int replicaId, long groupId, Entry entry, long prevTerm) {
    promises.wrote(replicaId, groupId, entry, prevTerm);
  }

  /** An entry on a broker's disk is safe from a power loss from now on. */
  public void synced(int replicaId, long groupId, long term, long index) {
    promises.synced(replicaId, groupId, term, index);
  }

  /** A broker cut an entry off its disk. */
  public void truncated(int replicaId, long groupId, long term, long index) {
    promises.truncated(replicaId, groupId, term, index);
  }

  /** A power loss took an entry that was not synced. */
  public void lost(int replicaId, long groupId, long term, long index) {
    promises.lost(replicaId, groupId, term, index);
  }

  /** A replica is gone from its disk because it was told so. */
  public void destroyed(long groupId, int replicaId) {
    members.destroyed(ledger(groupId), replicaId);
  }

  /** A broker sends; what it promises has to be on its disk already. */
  public void sent(BrokerWatch broker, PeerBatch batch) {
    promises.sent(broker, batch);
  }

  // ---- clients and metadata

  /**
   * A client was told that these records are in the log. If no replica has shown the entry yet (a
   * tiny cache has dropped it, and the leader's own disk is slower than its followers'), it is
   * checked again when the ledger has come so far, and at the end.
   */
  public void acknowledged(long groupId, String where, long firstOffset, int records) {
    GroupLedger ledger = ledger(groupId);
    long nextOffset = firstOffset + records;
    if (ledger.committedNextOffset(ledger.committed()) >= nextOffset) {
      return;
    }
    if (mayLag) {
      unseen.add(new Acknowledged(groupId, where, nextOffset));
    } else {
      notCommitted(new Acknowledged(groupId, where, nextOffset));
    }
  }

  private void notCommitted(Acknowledged acked) {
    GroupLedger ledger = ledger(acked.groupId());
    violations.add(
        "G1",
        "acknowledged is committed",
        acked.where()
            + ": records up to offset "
            + (acked.nextOffset() - 1)
            + " were acknowledged, committed are "
            + ledger.committedNextOffset(ledger.committed()));
  }

  /**
   * The cluster rests: all that was acknowledged must be committed by now.
   *
   * @param exists whether a group has not been deleted since
   */
  public void rests(LongPredicate exists) {
    for (Acknowledged acked : unseen) {
      GroupLedger ledger = ledger(acked.groupId());
      if (exists.test(acked.groupId())
          && ledger.committedNextOffset(ledger.committed()) < acked.nextOffset()) {
        notCommitted(acked);
      }
    }
    unseen.clear();
  }

  /** A broker applied metadata up to this revision. */
  public void imageApplied(int brokerId, long revision, String hash) {
    String other = images.putIfAbsent(revision, hash);
    if (other != null && !other.equals(hash)) {
      violations.add(
          "G5",
          "metadata are equal at equal revision",
          "broker " + brokerId + " has another image at revision " + revision);
    }
  }

  /** A group was deleted: what becomes of it is nobody's loss. */
  public void deleted(long groupId) {
    members.deleted(groupId);
  }

  /** The metadata take it that a group has the members that they wanted at this revision. */
  public void settled(long groupId, long targetRevision) {
    members.settled(ledger(groupId), targetRevision);
  }

  /** The metadata of this revision removed a broker. */
  public void removed(long revision, int brokerId, String incarnation) {
    members.removed(revision, brokerId, incarnation);
  }

  /** The metadata of this revision know a broker that was not known before. */
  public void registered(long revision, int brokerId, String incarnation) {
    members.registered(revision, brokerId, incarnation);
  }

  /** The newest configuration of a group that is known to be committed; null if none is. */
  public ConfigHistory.@Nullable Placed committedConfig(long groupId) {
    GroupLedger ledger = ledger(groupId);
    return ledger.committedConfigIndex < 0
        ? null
        : new ConfigHistory.Placed(ledger.committedConfigIndex, ledger.committedConfig);
  }

  /** The last committed index that any replica has shown. */
  public long committed(long groupId) {
    return ledger(groupId).committed();
  }

  /** Record offset after it. */
  public long committedOffset(long groupId) {
    GroupLedger ledger = ledger(groupId);
    return ledger.committedNextOffset(ledger.committed());
  }

  private void broken(String guarantee, String rule, int broker, GroupView view, String what) {
    violations.add(guarantee, rule, "broker " + broker + ", " + view + ": " + what);
  }
}
