// SPDX-License-Identifier: Apache-2.0
package dev.almadia.raft.core;

import dev.almadia.raft.core.Message.AppendRequest;
import dev.almadia.raft.core.config.ConfigHistory;
import dev.almadia.raft.core.config.GroupConfig;
import dev.almadia.raft.core.log.LogStart;
import java.util.List;

/**
 * How a leader brings its log to the others. What is no longer in memory is asked for from the
 * disk, one load per peer at a time; only committed and durable entries leave the memory, so what
 * is loaded can never have been replaced meanwhile.
 */
final class Replication {
  private final RaftState state;

  Replication(RaftState state) {
    this.state = state;
  }

  /** Sends what may be sent to this peer now. */
  void sendTo(ReplicaProgress peer) {
    if (peer.isLoading()) {
      return;
    }
    long startIndex = state.log.start().index();
    if (peer.nextIndex() <= startIndex) {
      // The log was cut meanwhile. The follower may have got that far all the same.
      peer.probeBehind(startIndex);
    }
    switch (peer.state()) {
      case PROBE -> probe(peer);
      case REPLICATE -> fillWindow(peer);
      case RESET -> {}
    }
  }

  /**
   * Tells a follower where this log starts, because it lacks the entry before. The configuration in
   * force there is sent along, unless only a later one is known: that one is then in the entries to
   * come, and until it has them the follower leads nobody.
   */
  void reset(ReplicaProgress peer) {
    LogStart start =
        new LogStart(state.log.start(), state.log.startOffset(), state.log.startMaxTimestampMs());
    ConfigHistory.Placed config =
        state.configs().isKnownAt(start.index())
            ? state.configs().atOrBelow(start.index())
            : new ConfigHistory.Placed(0, GroupConfig.UNKNOWN);
    peer.resetTo(start.index(), state.nowTick);
    state.out.sendNow.add(
        new Message.ResetLog(
            state.selfId(),
            peer.replicaId(),
            state.term(),
            start,
            config.config(),
            config.index(),
            null));
  }

  void sendToAll() {
    List<ReplicaProgress> peers = state.leader().peers;
    for (int i = 0; i < peers.size(); i++) {
      sendTo(peers.get(i));
    }
  }

  /** Entries came from the disk. They may be for a place that is no longer the next one. */
  void onLoaded(RaftInput.EntriesLoaded loaded) {
    ReplicaProgress peer = state.leader().peer(loaded.peer());
    if (peer == null || peer.loadFromIndex() != loaded.prev().index() + 1) {
      return;
    }
    peer.loaded();
    // The log may have been cut behind that place while it was read.
    boolean isGone = loaded.prev().index() < state.log.start().index();
    List<Entry> entries = isGone ? List.of() : committedOf(loaded.entries());
    if (entries.isEmpty()) {
      return;
    }
    if (peer.nextIndex() != loaded.prev().index() + 1) {
      sendTo(peer);
      return;
    }
    Invariant.check(
        state.log.termAt(loaded.prev().index()) == loaded.prev().term(),
        "loaded {} with term {}",
        loaded.prev().index(),
        loaded.prev().term());
    switch (peer.state()) {
      case PROBE -> {
        List<Entry> carried = peer.isFirstProbe() ? entries : List.of();
        peer.probed(state.nowTick);
        send(peer, loaded.prev(), loaded.prevNextOffset(), carried);
      }
      case RESET -> {}
      case REPLICATE -> {
        sendCounted(peer, loaded.prev(), loaded.prevNextOffset(), entries);
        fillWindow(peer);
      }
    }
  }

  /** Tried again with the next heartbeat, so that a failing disk is not asked in a loop. */
  void onLoadFailed(int replicaId) {
    ReplicaProgress peer = state.leader().peer(replicaId);
    if (peer != null) {
      peer.loaded();
    }
  }

  private void probe(ReplicaProgress peer) {
    if (!peer.isProbeDue(state.nowTick, state.config.heartbeatTicks())) {
      return;
    }
    long next = peer.nextIndex();
    if (!state.log.isOffsetKnown(next - 1)) {
      load(peer, peer.isFirstProbe() ? state.config.appendBytesMax() : 1);
      return;
    }
    List<Entry> entries =
        peer.isFirstProbe() && state.log.isInMemory(next)
            ? state.log.slice(next, state.config.appendBytesMax())
            : List.of();
    peer.probed(state.nowTick);
    send(peer, idAt(next - 1), state.log.nextOffsetAt(next - 1), entries);
  }

  private void fillWindow(ReplicaProgress peer) {
    while (peer.nextIndex() <= state.log.lastIndex() && !peer.window().isFull()) {
      long next = peer.nextIndex();
      if (!state.log.isInMemory(next)) {
        load(peer, state.config.appendBytesMax());
        return;
      }
      List<Entry> entries = state.log.slice(next, state.config.appendBytesMax());
      sendCounted(peer, idAt(next - 1), state.log.nextOffsetAt(next - 1), entries);
    }
  }

  private void sendCounted(
      ReplicaProgress peer, EntryId prev, long prevNextOffset, List<Entry> entries) {
    long bytes = 0;
    for (int i = 0; i < entries.size(); i++) {
      bytes += entries.get(i).costBytes();
    }
    peer.sent(entries.get(entries.size() - 1).index(), bytes, state.nowTick);
    send(peer, prev, prevNextOffset, entries);
  }

  private void send(ReplicaProgress peer, EntryId prev, long prevNextOffset, List<Entry> entries) {
    state.out.sendNow.add(
        new AppendRequest(
            state.selfId(),
            peer.replicaId(),
            state.term(),
            prev,
            prevNextOffset,
            state.log.commitIndex(),
            entries));
  }

  private void load(ReplicaProgress peer, long maxBytes) {
    peer.loading(peer.nextIndex());
    state.out.loads.add(
        new Effects.LoadRequest(state.term(), peer.replicaId(), peer.nextIndex(), maxBytes));
  }

  /** The store may hold more than is committed; that part could be another leader's. */
  private List<Entry> committedOf(List<Entry> entries) {
    int count = 0;
    while (count < entries.size()
        && entries.get(count).index() <= state.log.commitIndex()
        && entries.get(count).term() == state.log.termAt(entries.get(count).index())) {
      count++;
    }
    return count == entries.size() ? entries : entries.subList(0, count);
  }

  private EntryId idAt(long index) {
    return new EntryId(state.log.termAt(index), index);
  }
}
