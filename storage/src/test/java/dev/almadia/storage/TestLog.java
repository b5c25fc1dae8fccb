// SPDX-License-Identifier: Apache-2.0
package dev.almadia.storage;

import dev.almadia.raft.core.Entry;
import dev.almadia.raft.core.EntryDraft;
import dev.almadia.raft.core.EntryId;
import dev.almadia.raft.core.EntryKind;
import dev.almadia.raft.core.HardState;
import dev.almadia.raft.core.config.GroupConfig;
import dev.almadia.raft.core.config.GroupConfigCodec;
import dev.almadia.raft.store.GroupWrite;
import dev.almadia.raft.store.NewReplica;
import dev.almadia.raft.store.WriteRound;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Makes entries and rounds for tests; everything follows from its arguments. */
final class TestLog {
  static final GroupConfig CONFIG = GroupConfig.ofVoters(List.of(1, 2, 3));

  static final NewReplica SELF = new NewReplica(1, CONFIG);

  private TestLog() {}

  static GroupWrite create(long groupId) {
    return create(groupId, SELF);
  }

  static GroupWrite create(long groupId, NewReplica replica) {
    return new GroupWrite(groupId, replica, false, new HardState(1, 1), 0, List.of(), 0);
  }

  static GroupWrite append(long groupId, List<Entry> entries) {
    return new GroupWrite(groupId, null, false, null, 0, entries, 0);
  }

  static GroupWrite append(long groupId, List<Entry> entries, long commitIndex) {
    return new GroupWrite(groupId, null, false, null, 0, entries, commitIndex);
  }

  static GroupWrite destroy(long groupId) {
    return new GroupWrite(groupId, null, true, null, 0, List.of(), 0);
  }

  static WriteRound synced(GroupWrite... writes) {
    return new WriteRound(0, List.of(writes), true);
  }

  static WriteRound unsynced(GroupWrite... writes) {
    return new WriteRound(0, List.of(writes), false);
  }

  /** Entry with one record per index, and time 1000 × index. */
  static Entry entry(long groupId, long term, long index, int payloadBytes) {
    byte[] payload = new byte[payloadBytes];
    new Random(groupId * 1_000_003 + term * 7919 + index).nextBytes(payload);
    return Entry.seal(
        groupId,
        new EntryId(term, index),
        new EntryDraft(EntryKind.DATA, index, 1000 * index, payload));
  }

  /** An entry with a configuration. */
  static Entry config(long groupId, long term, long index, GroupConfig config) {
    return config(groupId, term, index, GroupConfigCodec.encode(config));
  }

  static Entry config(long groupId, long term, long index, byte[] payload) {
    return Entry.seal(
        groupId,
        new EntryId(term, index),
        new EntryDraft(EntryKind.CONFIG, index, 1000 * index, payload));
  }

  static List<Entry> entries(long groupId, long term, long from, long to, int payloadBytes) {
    List<Entry> entries = new ArrayList<>();
    for (long index = from; index <= to; index++) {
      entries.add(entry(groupId, term, index, payloadBytes));
    }
    return entries;
  }
}
