// SPDX-License-Identifier: Apache-2.0
package dev.almadia.raft.core;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Takes the short way of {@link SteadyState} mostly, and the usual one else: then the usual one has
 * to do no more than the short one says it would. Whatever the short way remembers has to be what
 * the state says, each time that it is asked.
 */
final class SteadyTwin {
  private final Effects said = new Effects();
  private long messages;
  private long ticks;
  private long beatsTheSame;

  /** Whether it was one for the short way; what it says to others is added to {@code network}. */
  boolean deliver(RaftCore core, Message message, List<Message> network) {
    if (core.hasEffects() || !isSteady(core, message)) {
      return false;
    }
    // Several in a row the short way, so that what is remembered gets old.
    RaftState state = core.state();
    if (++messages % 16 != 0) {
      long[] before = heardTicks(state);
      add(core.steady().take(message), network);
      checkHeard(core, message, before);
      return true;
    }
    long[] heardBefore = heardTicks(state);
    Message answer = message.kind() == Message.Kind.HEARTBEAT ? state.lastHeartbeatResponse : null;
    RaftInvariants.Snapshot before = RaftInvariants.snapshot(core);
    core.step(new RaftInput.PeerMessage(message));
    same(before, core, answer == null ? List.of() : List.of(answer), message);
    checkHeard(core, message, heardBefore);
    add(answer, network);
    return true;
  }

  /** The one who spoke was heard now, and nobody else. */
  private static void checkHeard(RaftCore core, Message message, long[] before) {
    RaftState state = core.state();
    boolean isHeard = state.leading != null || state.silentTicks == 0;
    long[] after = heardTicks(state);
    for (int i = 0; i < after.length; i++) {
      boolean spoke = state.leader().peers.get(i).replicaId() == message.from();
      isHeard &= after[i] == (spoke ? state.nowTick : before[i]);
    }
    if (!isHeard) {
      throw new AssertionError("not heard: " + message + " by " + core);
    }
  }

  private static long[] heardTicks(RaftState state) {
    return state.leading == null
        ? new long[0]
        : state.leader().peers.stream().mapToLong(ReplicaProgress::heardTick).toArray();
  }

  private static boolean isSteady(RaftCore core, Message message) {
    boolean isSteady = core.steady().is(message);
    if (isSteady != core.steady().isByState(message)) {
      throw new AssertionError("remembered as steady: " + message + " of " + core);
    }
    return isSteady;
  }

  /** Whether a tick was one that only counts, or a beat like the one before. */
  boolean tick(RaftCore core, List<Message> network) {
    if (core.hasEffects()) {
      return false;
    }
    int spare = spareTicks(core);
    if (spare == 0) {
      return core.steady().isNextTickTheSameBeat() && beat(core, network);
    }
    RaftInvariants.Snapshot before = RaftInvariants.snapshot(core);
    if (++ticks % 32 != 0) {
      core.steady().pass(1);
    } else {
      core.tick();
    }
    same(before, core, List.of(), "tick");
    if (core.role() != Role.LEARNER && spareTicks(core) != spare - 1) {
      throw new AssertionError(spare + " spare ticks, then " + spareTicks(core) + ": " + core);
    }
    return true;
  }

  private static int spareTicks(RaftCore core) {
    int spare = core.steady().spareTicks();
    int byState = core.steady().spareTicksByState();
    if (spare != byState) {
      throw new AssertionError(spare + " spare ticks, in truth " + byState + ": " + core);
    }
    return spare;
  }

  /** The same heartbeats leave, to all peers in order, and the next ones are as far away. */
  private boolean beat(RaftCore core, List<Message> network) {
    RaftState state = core.state();
    RaftInvariants.Snapshot before = RaftInvariants.snapshot(core);
    List<Message> beats = new ArrayList<>();
    for (ReplicaProgress peer : state.leader().peers) {
      beats.add(peer.lastHeartbeat());
    }
    if (++beatsTheSame % 4 != 0) {
      List<Message> said = new ArrayList<>();
      core.steady().beat(said);
      if (!said.equals(beats)) {
        throw new AssertionError(core + " says " + said + " instead of " + beats);
      }
      same(before, core, List.of(), "beat");
    } else {
      core.tick();
      same(before, core, beats, "beat");
    }
    if (state.ticksSinceHeartbeat != 0) {
      throw new AssertionError("has not beaten: " + core);
    }
    network.addAll(beats);
    return true;
  }

  /** Beats that were only the same heartbeats again. */
  long beatsTheSame() {
    return beatsTheSame;
  }

  private void same(
      RaftInvariants.Snapshot before, RaftCore core, List<Message> messages, Object input) {
    said.clear();
    if (core.hasEffects()) {
      core.drainTo(said);
    }
    List<Message> now = List.copyOf(said.sendNow());
    said.sendNow.clear();
    if (!now.equals(messages)
        || !RaftInvariants.snapshot(core).equals(before)
        || said.hardState() != null
        || said.reset() != null
        || said.logStart() != null
        || said.truncateFrom() != 0
        || said.appendMark() != null
        || said.commitIndex() != 0
        || said.leadershipChanged()
        || said.configChanged()
        || !said.appended().isEmpty()
        || !said.sendAfterPersist().isEmpty()
        || !said.readsReady().isEmpty()
        || !said.readsFailed().isEmpty()
        || !said.loads().isEmpty()) {
      throw new AssertionError("not steady: " + input + " makes " + core + " say " + now);
    }
  }

  private static void add(@Nullable Message answer, List<Message> network) {
    if (answer != null) {
      network.add(answer);
    }
  }
}
