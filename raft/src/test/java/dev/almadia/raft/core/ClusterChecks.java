// SPDX-License-Identifier: Apache-2.0
package dev.almadia.raft.core;

import dev.almadia.raft.core.log.LogStart;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** What must hold across the replicas of a group, at every moment. */
final class ClusterChecks {
  private final Map<Long, Integer> leaderOfTerm = new HashMap<>();
  private final Map<EntryId, Integer> checksumOf = new HashMap<>();
  private final Map<Long, Integer> votesSent = new HashMap<>();
  private final List<Entry> committed = new ArrayList<>();

  private record Read(int asker, long floor) {}

  private final Map<Long, Read> reads = new HashMap<>();
  private final Map<Long, EntryId> acknowledged = new HashMap<>();

  /** The same, on its own; reads are answered in this one. */
  ClusterChecks copy() {
    ClusterChecks copy = new ClusterChecks();
    copy.leaderOfTerm.putAll(leaderOfTerm);
    copy.checksumOf.putAll(checksumOf);
    copy.votesSent.putAll(votesSent);
    copy.committed.addAll(committed);
    copy.acknowledged.putAll(acknowledged);
    copy.reads.putAll(reads);
    return copy;
  }

  /** What this replica does not have is declared lost. */
  void forced(RaftCore core) {
    long kept = core.logStart().index();
    while (kept < Math.min(core.last().index(), committed.size())
        && core.state().log.termAt(kept + 1) == committed.get((int) kept).term()) {
      kept++;
    }
    committed.subList((int) kept, committed.size()).clear();
    long lastIndex = kept;
    acknowledged.keySet().removeIf(index -> index > lastIndex);
    reads.clear();
  }

  void leads(int id, long term) {
    Integer other = leaderOfTerm.putIfAbsent(term, id);
    check(other == null || other == id, "two leaders in term " + term + ": " + other + ", " + id);
  }

  void votes(int voter, long term, int candidate) {
    Integer other = votesSent.putIfAbsent(term << 32 | voter, candidate);
    check(
        other == null || other == candidate,
        voter + " votes twice in term " + term + ": " + other + ", " + candidate);
  }

  void appended(Entry entry) {
    Integer other = checksumOf.putIfAbsent(entry.id(), entry.header().crc32c());
    check(other == null || other == entry.header().crc32c(), "two entries " + entry.id());
  }

  /** A replica says that its entry is committed. */
  void committed(int id, Entry entry) {
    if (entry.index() <= committed.size()) {
      Entry known = committed.get((int) entry.index() - 1);
      check(
          known.id().equals(entry.id()) && known.header().equals(entry.header()),
          id + " committed " + entry + ", others " + known);
      return;
    }
    check(entry.index() == committed.size() + 1, "commit skips to " + entry);
    committed.add(entry);
  }

  /** A replica forgets everything for a place that must be committed, and not be behind it. */
  void reset(int id, LogStart start, long commitIndex) {
    check(start.index() > commitIndex, id + " is reset to " + start + ", commit " + commitIndex);
    check(start.index() <= committed.size(), id + " is reset to " + start + ", not committed");
    Entry last = committed.get((int) start.index() - 1);
    check(
        last.id().equals(start.id()) && last.nextOffset() == start.nextOffset(),
        id + " is reset to " + start + ", committed " + last);
  }

  void acknowledged(EntryId id) {
    acknowledged.put(id.index(), id);
  }

  void readAsked(int asker, long requestId) {
    reads.put(requestId, new Read(asker, committed.size()));
  }

  void readReady(Effects.ReadReady ready) {
    Read read = reads.remove(ready.requestId());
    check(read != null, "nobody asked for read " + ready);
    check(ready.index() >= read.floor(), "stale read " + ready + ", was " + read);
  }

  void readFailed(long requestId) {
    check(reads.remove(requestId) != null, "nobody asked for read " + requestId);
  }

  long commitIndex() {
    return committed.size();
  }

  int readsOpen() {
    return reads.size();
  }

  /** Its process is gone, and with it whoever waited. */
  void crashed(int asker) {
    reads.values().removeIf(read -> read.asker() == asker);
  }

  /** Everything acknowledged is on every member's disk. */
  void finish(Collection<TestCluster.Node> members) {
    acknowledged.forEach(
        (index, id) -> {
          check(
              index <= committed.size() && committed.get((int) (index - 1)).id().equals(id),
              "acknowledged " + id + " is lost");
          for (TestCluster.Node member : members) {
            check(member.disk.holds(id), "acknowledged " + id + " is not on " + member.id);
          }
        });
    long offset = 0;
    for (Entry entry : committed) {
      check(entry.isIntact(TestCluster.GROUP), "damaged " + entry);
      long records = entry.kind() == EntryKind.DATA ? 1 : 0;
      check(entry.nextOffset() == offset + records, "offset after " + entry + " not dense");
      offset = entry.nextOffset();
    }
  }

  private static void check(boolean condition, String message) {
    if (!condition) {
      throw new AssertionError(message);
    }
  }
}
