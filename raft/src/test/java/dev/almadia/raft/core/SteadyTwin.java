// SPDX-License-Identifier: Apache-2.0
package dev.almadia.raft.core;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Takes the short way of {@link SteadyState} every other time, and the usual one otherwise: then
 * the usual one has to do no more than the short one says it would.
 */
final class SteadyTwin {
  private final Effects said = new Effects();
  private long turns;

  /** Whether it was one for the short way; what it says to others is added to {@code network}. */
  boolean deliver(RaftCore core, Message message, List<Message> network) {
    if (core.hasEffects() || !core.isSteady(message)) {
      return false;
    }
    if (++turns % 2 == 0) {
      add(core.takeSteady(message), network);
      return true;
    }
    RaftState state = core.state();
    Message answer = message.kind() == Message.Kind.HEARTBEAT ? state.lastHeartbeatResponse : null;
    RaftInvariants.Snapshot before = RaftInvariants.snapshot(core);
    core.step(new RaftInput.PeerMessage(message));
    same(before, core, answer == null ? List.of() : List.of(answer), message);
    if (message.kind() == Message.Kind.HEARTBEAT && state.silentTicks != 0) {
      throw new AssertionError("not heard: " + message + " by " + core);
    }
    add(answer, network);
    return true;
  }

  /** Whether a tick was one that only counts. */
  boolean tick(RaftCore core) {
    if (core.hasEffects() || core.spareTicks() == 0) {
      return false;
    }
    int spare = core.spareTicks();
    RaftInvariants.Snapshot before = RaftInvariants.snapshot(core);
    if (++turns % 2 == 0) {
      core.pass(1);
    } else {
      core.tick();
    }
    same(before, core, List.of(), "tick");
    if (core.role() != Role.LEARNER && core.spareTicks() != spare - 1) {
      throw new AssertionError(spare + " spare ticks, then " + core.spareTicks() + ": " + core);
    }
    return true;
  }

  private void same(
      RaftInvariants.Snapshot before, RaftCore core, List<Message> messages, Object input) {
    said.clear();
    core.drainTo(said);
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
