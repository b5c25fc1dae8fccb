// SPDX-License-Identifier: Apache-2.0
package dev.almadia.raft.core.log;

import dev.almadia.raft.core.Entry;
import dev.almadia.raft.core.EntryId;
import dev.almadia.raft.core.Invariant;
import dev.almadia.raft.core.LogMark;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * The log of one replica as the protocol sees it: all terms, recent entries, and four marks.
 *
 * <pre>
 *   start        base           commit        durable       unsaved      last
 *     |  disk only | in memory, may be released | in memory, must stay    |
 * </pre>
 *
 * <ul>
 *   <li><b>start</b>: the entry before the first one kept.
 *   <li><b>base</b>: the entry before the first one in memory. Always at or before commit and
 *       durable, so everything that may still be changed or has to be written is in memory.
 *   <li><b>commit</b>: never falls; nothing at or below it is ever truncated.
 *   <li><b>durable</b>: on this replica's disk. May be behind or before commit: a quorum of others
 *       can commit what the own disk still writes.
 *   <li><b>unsaved</b>: first entry not yet handed to the owner for writing.
 * </ul>
 *
 * <p><b>Accepted term.</b> The term of the leader whose message changed the log last. While it
 * stays, the log only grows: it then is a prefix of that leader's log, since every change was
 * behind an entry verified against it. So a completed write marked with the present accepted term
 * proves its index, and one marked with an older term proves nothing, because the tail may have
 * been replaced since, even by one of the same length (bug classes 9 and 10):
 *
 * <pre>
 *   write (2,5) starts: entries of term 2 up to 5
 *   leader of term 3 truncates 4..5, appends 3/4, 3/5
 *   completion (2,5) arrives: on disk may be 2/4, 2/5, and 3/5 is not durable at all
 * </pre>
 */
public final class RaftLog {
  private EntryId start;
  private long startOffset;
  private long startMaxTimestampMs;
  private TermRuns runs;
  private final EntryRing tail = new EntryRing();

  private EntryId base;
  private long baseNextOffset;
  private long baseMaxTimestampMs;
  private long memoryBytes;

  private long commitIndex;
  private long uncommittedBytes;
  private long durableIndex;
  private long acceptedTerm;
  private long unsavedFrom;
  private long truncateFrom;

  /** A reset is not durable yet, or not even handed out: the disk still has the log before. */
  private boolean isWiping;

  private boolean isWipeUnsaved;

  /** The log as found on disk: all of it is durable. */
  public RaftLog(RestoredLog restored) {
    start = restored.prev();
    startOffset = restored.startOffset();
    startMaxTimestampMs = restored.startMaxTimestampMs();
    long last = restored.commitIndex() + restored.tail().size();
    runs = new TermRuns(start, restored.runs(), last);
    commitIndex = restored.commitIndex();
    base = new EntryId(runs.termAt(commitIndex), commitIndex);
    baseNextOffset = restored.commitNextOffset();
    baseMaxTimestampMs = restored.commitMaxTimestampMs();
    Invariant.check(commitIndex >= start.index(), "commit {} before start", commitIndex);
    Invariant.check(
        commitIndex > start.index() || baseNextOffset == startOffset,
        "offset {} at the start of a log that starts at {}",
        baseNextOffset,
        startOffset);
    for (Entry entry : restored.tail()) {
      checkFollows(entry);
      Invariant.check(
          runs.termAt(entry.index()) == entry.term(), "restored term of {} differs", entry.index());
      keep(entry);
    }
    durableIndex = last;
    acceptedTerm = runs.lastTerm();
    unsavedFrom = last + 1;
  }

  /** Highest timestamp up to {@link #start}, 0 if none. */
  public long startMaxTimestampMs() {
    return startMaxTimestampMs;
  }

  /** Record offset after {@link #start}. */
  public long startOffset() {
    return startOffset;
  }

  /** The entry before the first one kept. */
  public EntryId start() {
    return start;
  }

  /** Last index. */
  public long lastIndex() {
    return runs.lastIndex();
  }

  /** Last entry. */
  public EntryId last() {
    return new EntryId(runs.lastTerm(), runs.lastIndex());
  }

  /** Term of the last entry. */
  public long lastTerm() {
    return runs.lastTerm();
  }

  /** Record offset after the last entry. */
  public long lastNextOffset() {
    return tail.size() == 0 ? baseNextOffset : tail.get(tail.size() - 1).nextOffset();
  }

  /** Highest timestamp in the log. */
  public long lastMaxTimestampMs() {
    return tail.size() == 0
        ? baseMaxTimestampMs
        : tail.get(tail.size() - 1).header().maxTimestampMs();
  }

  /** Last index known to be committed. */
  public long commitIndex() {
    return commitIndex;
  }

  /** Last index that is durable here; the start as long as a reset is not. */
  public long durableIndex() {
    return durableIndex;
  }

  /** Last index that a crash now would leave; 0 as long as a reset is not durable. */
  public long provenIndex() {
    return isWiping ? 0 : durableIndex;
  }

  /** Term of the leader whose message changed the log last. */
  public long acceptedTerm() {
    return acceptedTerm;
  }

  /** Cost of what is not committed. */
  public long uncommittedBytes() {
    return uncommittedBytes;
  }

  /** Cost of what is in memory. */
  public long memoryBytes() {
    return memoryBytes;
  }

  /** Term of an index from start to last, else {@link TermRuns#UNKNOWN}. */
  public long termAt(long index) {
    return runs.termAt(index);
  }

  /** See {@link TermRuns#lastAtOrBelow}. */
  public EntryId lastAtOrBelow(long index, long term) {
    return runs.lastAtOrBelow(index, term);
  }

  /** Whether a log that ends with {@code other} is at least as complete (Raft 5.4.1). */
  public boolean isUpToDate(EntryId other) {
    return other.term() > lastTerm()
        || (other.term() == lastTerm() && other.index() >= lastIndex());
  }

  /** The first index in memory, or the one after the last. */
  public long firstInMemory() {
    return base.index() + 1;
  }

  /** Whether the entry is in memory. */
  public boolean isInMemory(long index) {
    return index > base.index() && index <= lastIndex();
  }

  /** The entry, which must be in memory. */
  public Entry inMemory(long index) {
    return tail.get((int) (index - base.index() - 1));
  }

  /** Whether {@link #nextOffsetAt} knows the answer without the disk. */
  public boolean isOffsetKnown(long index) {
    return isInMemory(index) || index == base.index() || index == start.index();
  }

  /** Record offset after the entry at this index, see {@link #isOffsetKnown}. */
  public long nextOffsetAt(long index) {
    if (isInMemory(index)) {
      return inMemory(index).nextOffset();
    }
    Invariant.check(isOffsetKnown(index), "offset after {} is not in memory", index);
    return index == base.index() ? baseNextOffset : startOffset;
  }

  /** Cost of all entries behind an index, -1 if some of them are not in memory. */
  public long costBehind(long index) {
    if (index < base.index()) {
      return -1;
    }
    long bytes = 0;
    for (long next = index + 1; next <= lastIndex(); next++) {
      bytes += inMemory(next).costBytes();
    }
    return bytes;
  }

  /** Entries in memory from an index on, up to a cost; at least one. */
  public List<Entry> slice(long fromIndex, long maxBytes) {
    long bytes = inMemory(fromIndex).costBytes();
    long to = fromIndex;
    while (to < lastIndex() && bytes + inMemory(to + 1).costBytes() <= maxBytes) {
      to++;
      bytes += inMemory(to).costBytes();
    }
    List<Entry> entries = new ArrayList<>((int) (to - fromIndex + 1));
    for (long index = fromIndex; index <= to; index++) {
      entries.add(inMemory(index));
    }
    return Collections.unmodifiableList(entries);
  }

  /** Takes the next entry from the leader of {@code leaderTerm}, which may be this replica. */
  public void append(long leaderTerm, Entry entry) {
    accept(leaderTerm);
    Invariant.check(
        entry.term() <= leaderTerm, "entry of term {} from {}", entry.term(), leaderTerm);
    checkFollows(entry);
    runs.append(entry.term());
    keep(entry);
  }

  /**
   * Removes the entries from this index on, because the leader of {@code leaderTerm} has others.
   * The caller appends those in the same step.
   */
  public void truncate(long leaderTerm, long fromIndex) {
    Invariant.check(fromIndex > commitIndex, "truncate {}, commit {}", fromIndex, commitIndex);
    Invariant.check(
        leaderTerm > acceptedTerm, "leader {} replaces what it sent itself", leaderTerm);
    accept(leaderTerm);
    while (lastOfTail() >= fromIndex) {
      Entry gone = tail.removeLast();
      memoryBytes -= gone.costBytes();
      uncommittedBytes -= gone.costBytes();
    }
    runs.truncateFrom(fromIndex);
    durableIndex = Math.min(durableIndex, fromIndex - 1);
    if (fromIndex < unsavedFrom) {
      unsavedFrom = fromIndex;
      truncateFrom = fromIndex;
    }
  }

  /** Forgets everything up to a place that is committed and durable. */
  public void cutTo(LogStart to) {
    Invariant.check(
        to.index() <= Math.min(commitIndex, durableIndex),
        "cut to {}, commit {}",
        to.index(),
        commitIndex);
    Invariant.check(
        termAt(to.index()) == to.id().term(), "cut to {} of term {}", to.index(), to.id().term());
    List<TermRun> kept = new ArrayList<>();
    for (TermRun run : runs.toList()) {
      if (!kept.isEmpty() && run.startIndex() <= to.index() + 1) {
        kept.remove(0);
      }
      kept.add(new TermRun(Math.max(run.startIndex(), to.index() + 1), run.term()));
    }
    long last = lastIndex();
    runs = new TermRuns(to.id(), last == to.index() ? List.of() : kept, last);
    start = to.id();
    startOffset = to.nextOffset();
    startMaxTimestampMs = to.maxTimestampMs();
    while (base.index() < to.index() && tail.size() > 0) {
      releaseFirst();
    }
    if (base.index() < to.index()) {
      base = to.id();
      baseNextOffset = to.nextOffset();
      baseMaxTimestampMs = to.maxTimestampMs();
    }
  }

  /** Forgets everything: the log of the leader of {@code leaderTerm} starts behind all of it. */
  public void reset(long leaderTerm, LogStart to) {
    Invariant.check(to.index() > commitIndex, "reset to {}, commit {}", to.index(), commitIndex);
    accept(leaderTerm);
    while (tail.size() > 0) {
      tail.removeLast();
    }
    memoryBytes = 0;
    uncommittedBytes = 0;
    runs = new TermRuns(to.id(), List.of(), to.index());
    start = to.id();
    startOffset = to.nextOffset();
    startMaxTimestampMs = to.maxTimestampMs();
    base = to.id();
    baseNextOffset = to.nextOffset();
    baseMaxTimestampMs = to.maxTimestampMs();
    commitIndex = to.index();
    isWiping = true;
    isWipeUnsaved = true;
    durableIndex = to.index();
    unsavedFrom = to.index() + 1;
    truncateFrom = 0;
  }

  /** A write completed. A mark of an earlier leader's tail proves nothing and is ignored. */
  public void persisted(LogMark mark) {
    Invariant.check(
        mark.acceptedTerm() <= acceptedTerm,
        "completed write of term {}, accepted {}",
        mark.acceptedTerm(),
        acceptedTerm);
    if (mark.acceptedTerm() == acceptedTerm) {
      Invariant.check(
          mark.index() < unsavedFrom, "completed {}, handed out {}", mark.index(), unsavedFrom - 1);
      durableIndex = Math.max(durableIndex, mark.index());
      isWiping &= mark.index() < start.index();
    }
  }

  /** Raises the commit index. */
  public void commitTo(long index) {
    Invariant.check(index >= commitIndex, "commit falls from {} to {}", commitIndex, index);
    Invariant.check(index <= lastIndex(), "commit {} behind the end {}", index, lastIndex());
    for (long next = commitIndex + 1; next <= index; next++) {
      uncommittedBytes -= inMemory(next).costBytes();
    }
    commitIndex = index;
  }

  /** Whether there is something to hand out. */
  public boolean hasUnsaved() {
    return unsavedFrom <= lastIndex() || isWipeUnsaved;
  }

  /** First stored index to be removed before the unsaved entries are written, 0 for none. */
  public long truncateFrom() {
    return truncateFrom;
  }

  /** Hands out what has to be written. */
  public LogMark takeUnsaved(List<Entry> to) {
    Invariant.check(hasUnsaved(), "nothing to hand out");
    Invariant.check(
        base.index() <= durableIndex,
        "memory starts behind {}, durable {}",
        base.index(),
        durableIndex);
    for (long index = unsavedFrom; index <= lastIndex(); index++) {
      to.add(inMemory(index));
    }
    unsavedFrom = lastIndex() + 1;
    truncateFrom = 0;
    isWipeUnsaved = false;
    return new LogMark(acceptedTerm, lastIndex());
  }

  /** Releases memory above {@code maxBytes}, of entries up to an index that may be released. */
  public void release(long toIndex, long maxBytes) {
    long bound = Math.min(toIndex, Math.min(commitIndex, durableIndex));
    while (memoryBytes > maxBytes && base.index() < bound) {
      releaseFirst();
    }
  }

  private void releaseFirst() {
    Entry released = tail.removeFirst();
    memoryBytes -= released.costBytes();
    base = released.id();
    baseNextOffset = released.nextOffset();
    baseMaxTimestampMs = released.header().maxTimestampMs();
  }

  /** Terms of all entries. */
  public List<TermRun> runs() {
    return runs.toList();
  }

  private void accept(long leaderTerm) {
    Invariant.check(
        leaderTerm >= acceptedTerm, "change by term {} after {}", leaderTerm, acceptedTerm);
    acceptedTerm = leaderTerm;
  }

  private void checkFollows(Entry entry) {
    Invariant.check(
        entry.index() == lastOfTail() + 1, "entry {} after {}", entry.index(), lastOfTail());
    Invariant.check(
        entry.nextOffset() >= lastNextOffset(),
        "offset falls from {} to {} at index {}",
        lastNextOffset(),
        entry.nextOffset(),
        entry.index());
  }

  private void keep(Entry entry) {
    tail.addLast(entry);
    memoryBytes += entry.costBytes();
    uncommittedBytes += entry.costBytes();
  }

  private long lastOfTail() {
    return base.index() + tail.size();
  }
}
