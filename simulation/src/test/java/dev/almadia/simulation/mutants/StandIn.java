// SPDX-License-Identifier: Apache-2.0
package dev.almadia.simulation.mutants;

import dev.almadia.raft.core.CoreConfig;
import dev.almadia.raft.core.Effects;
import dev.almadia.raft.core.Message;
import dev.almadia.raft.core.RaftCore;
import dev.almadia.raft.core.RaftInput;
import dev.almadia.raft.core.Role;
import dev.almadia.raft.core.config.GroupConfig;
import dev.almadia.raft.core.log.RestoredLog;
import dev.almadia.simulation.kernel.SimRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A simulator of a few lines, for the tests of the harness: three voters that hold elections, disks
 * that are at once durable, messages in any order. Checks that a term has one leader.
 */
public final class StandIn {
  private static final List<Integer> VOTERS = List.of(1, 2, 3);
  private static final int STEPS = 2_000;
  private static final int ELECTION_TICKS = 10;
  private static final int BYTES = 1 << 20;

  private final SimRandom random;
  private final Map<Integer, RaftCore> cores = new TreeMap<>();
  private final List<Message> onTheWay = new ArrayList<>();
  private final Map<Long, Integer> leaders = new TreeMap<>();

  private StandIn(long seed) {
    random = new SimRandom(seed);
    for (int id : VOTERS) {
      CoreConfig config =
          new CoreConfig(1, id, ELECTION_TICKS, 1, 8, BYTES, BYTES, BYTES, BYTES, BYTES);
      cores.put(
          id,
          new RaftCore(config, RestoredLog.empty(id, GroupConfig.ofVoters(VOTERS)), random::below));
    }
  }

  /** As {@link LoadedSimulator#ENTRY} has it. */
  public static @Nullable String run(long seed, String options) {
    StandIn world = new StandIn(seed);
    String broken = null;
    for (int step = 0; step < STEPS && broken == null; step++) {
      broken = world.step();
    }
    return broken;
  }

  private @Nullable String step() {
    RaftCore core;
    if (onTheWay.isEmpty() || random.chance(0.5)) {
      core = cores.get(random.pick(VOTERS));
      core.tick();
    } else {
      Message message = onTheWay.remove(random.below(onTheWay.size()));
      core = cores.get(message.to());
      core.step(new RaftInput.PeerMessage(message));
    }
    settle(core);
    Integer other = core.role() == Role.LEADER ? leaders.put(core.term(), core.leaderId()) : null;
    return other != null && other != core.leaderId()
        ? "G1 one leader per term: " + other + " and " + core.leaderId() + " in " + core.term()
        : null;
  }

  private void settle(RaftCore core) {
    Effects effects = new Effects();
    while (core.hasEffects()) {
      effects.clear();
      core.drainTo(effects);
      onTheWay.addAll(effects.sendNow());
      onTheWay.addAll(effects.sendAfterPersist());
      if (effects.appendMark() != null) {
        core.step(new RaftInput.LogPersisted(effects.appendMark()));
      }
    }
  }
}
