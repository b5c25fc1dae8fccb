// SPDX-License-Identifier: Apache-2.0
package dev.almadia.simulation.disk;

import dev.almadia.raft.core.Entry;
import dev.almadia.raft.core.EntryDraft;
import dev.almadia.raft.core.EntryId;
import dev.almadia.raft.core.EntryKind;
import dev.almadia.raft.core.HardState;
import dev.almadia.raft.core.config.GroupConfig;
import dev.almadia.raft.core.log.Checkpoint;
import dev.almadia.raft.core.log.LogStart;
import dev.almadia.raft.store.GroupWrite;
import dev.almadia.raft.store.LogReset;
import dev.almadia.raft.store.NewReplica;
import dev.almadia.raft.store.WriteRound;
import java.util.ArrayList;
import java.util.List;

/** Makes entries and rounds; the rounds of one maker are numbered as those of one process. */
final class TestRounds {
  static final GroupConfig CONFIG = GroupConfig.ofVoters(List.of(1, 2, 3));

  private long lastNumber;

  WriteRound synced(GroupWrite... writes) {
    return new WriteRound(++lastNumber, List.of(writes), true);
  }

  WriteRound unsynced(GroupWrite... writes) {
    return new WriteRound(++lastNumber, List.of(writes), false);
  }

  static GroupWrite create(long groupId) {
    return create(groupId, 1);
  }

  static GroupWrite create(long groupId, int replicaId) {
    NewReplica replica = new NewReplica(replicaId, CONFIG);
    return new GroupWrite(groupId, replica, false, null, 0, List.of(), 0);
  }

  /** Appends an entry of kind CONFIG with these bytes. */
  static GroupWrite configure(long groupId, EntryId id, byte[] config) {
    EntryDraft draft = new EntryDraft(EntryKind.CONFIG, id.index(), 1000 * id.index(), config);
    return replace(groupId, 0, List.of(Entry.seal(groupId, id, draft)));
  }

  static GroupWrite destroy(long groupId) {
    return new GroupWrite(groupId, null, true, null, 0, List.of(), 0);
  }

  static GroupWrite vote(long groupId, long term, int votedFor) {
    return new GroupWrite(groupId, null, false, new HardState(term, votedFor), 0, List.of(), 0);
  }

  static GroupWrite commit(long groupId, long commitIndex) {
    return new GroupWrite(groupId, null, false, null, 0, List.of(), commitIndex);
  }

  static GroupWrite startAt(long groupId, long term, long index) {
    LogStart start = place(term, index);
    Checkpoint checkpoint = new Checkpoint(start.id(), new byte[9]);
    return new GroupWrite(groupId, null, false, null, null, 0, List.of(), 0, start, checkpoint);
  }

  static GroupWrite reset(long groupId, long term, long index, List<Entry> entries) {
    LogReset reset = new LogReset(place(term, index), CONFIG, index);
    Checkpoint checkpoint = new Checkpoint(reset.start().id(), new byte[9]);
    return new GroupWrite(groupId, null, false, null, reset, 0, entries, 0, null, checkpoint);
  }

  private static LogStart place(long term, long index) {
    return new LogStart(new EntryId(term, index), index, 1000 * index);
  }

  static GroupWrite append(long groupId, long term, long fromIndex, long toIndex) {
    return replace(groupId, 0, entries(groupId, term, fromIndex, toIndex));
  }

  static GroupWrite replace(long groupId, long truncateFrom, List<Entry> entries) {
    return new GroupWrite(groupId, null, false, null, truncateFrom, entries, 0);
  }

  /** One record in each, time 1000 times the index. */
  static List<Entry> entries(long groupId, long term, long fromIndex, long toIndex) {
    List<Entry> entries = new ArrayList<>();
    for (long index = fromIndex; index <= toIndex; index++) {
      EntryDraft draft = new EntryDraft(EntryKind.DATA, index, 1000 * index, new byte[40]);
      entries.add(Entry.seal(groupId, new EntryId(term, index), draft));
    }
    return entries;
  }
}
