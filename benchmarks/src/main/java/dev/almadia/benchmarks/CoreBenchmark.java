// SPDX-License-Identifier: Apache-2.0
package dev.almadia.benchmarks;

import dev.almadia.raft.core.CoreConfig;
import dev.almadia.raft.core.Effects;
import dev.almadia.raft.core.EntryDraft;
import dev.almadia.raft.core.EntryKind;
import dev.almadia.raft.core.LogMark;
import dev.almadia.raft.core.Message;
import dev.almadia.raft.core.RaftCore;
import dev.almadia.raft.core.RaftInput;
import dev.almadia.raft.core.Role;
import dev.almadia.raft.core.config.GroupConfig;
import dev.almadia.raft.core.log.RestoredLog;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * The pure core alone: three replicas in one thread, a disk and a network that take no time. One
 * operation commits one proposal on the leader; {@code steps} counts inputs to all three cores.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 2)
@Fork(1)
public class CoreBenchmark {
  private static final int REPLICAS = 3;

  /** Inputs to cores, per second. */
  @AuxCounters(AuxCounters.Type.OPERATIONS)
  @State(Scope.Thread)
  public static class Steps {
    /** Inputs so far. */
    public long steps;
  }

  /** Entries in one proposal. */
  @Param({"1", "16"})
  public int entries;

  private final RaftCore[] cores = new RaftCore[REPLICAS];
  private final ArrayDeque<Message> network = new ArrayDeque<>();
  private final Effects effects = new Effects();
  private final byte[] payload = new byte[1024];
  private int leader;

  /** Elects a leader. */
  @Setup(Level.Iteration)
  public void elect() {
    SplittableRandom random = new SplittableRandom(7);
    GroupConfig members = GroupConfig.ofVoters(List.of(1, 2, 3));
    for (int i = 0; i < REPLICAS; i++) {
      CoreConfig config =
          new CoreConfig(1024, i + 1, 20, 2, 64, 4 << 20, 1 << 20, 64 << 20, 256 << 10, 1 << 20);
      cores[i] = new RaftCore(config, RestoredLog.empty(i + 1, members), random::nextInt);
    }
    network.clear();
    cores[0].step(new RaftInput.Campaign());
    run(new Steps());
    leader = 0;
    if (cores[leader].role() != Role.LEADER || !cores[leader].isConfirmedLeader()) {
      throw new IllegalStateException("no leader: " + cores[leader].role());
    }
  }

  /** Proposes, and runs all three replicas until nothing is left to do. */
  @Benchmark
  public long commit(Steps counter) {
    RaftCore core = cores[leader];
    List<EntryDraft> drafts = new ArrayList<>(entries);
    long offset = core.lastNextOffset();
    for (int i = 0; i < entries; i++) {
      drafts.add(new EntryDraft(EntryKind.DATA, ++offset, 0, payload));
    }
    long index = core.propose(core.term(), drafts).firstIndex();
    counter.steps++;
    run(counter);
    if (core.commitIndex() < index) {
      throw new IllegalStateException("not committed");
    }
    return index;
  }

  /** What an idle replica costs: one tick of a follower. */
  @Benchmark
  public void idleTick(Steps counter) {
    // Heard so often that it never campaigns.
    cores[1].tick();
    counter.steps++;
    if (counter.steps % 8 == 0) {
      cores[1].step(
          new RaftInput.PeerMessage(
              new Message.Heartbeat(1, 2, cores[1].term(), cores[1].commitIndex(), 0)));
      effects.clear();
      cores[1].drainTo(effects);
    }
  }

  private void run(Steps counter) {
    boolean busy = true;
    while (busy) {
      busy = false;
      for (RaftCore core : cores) {
        busy |= drain(core, counter);
      }
      for (Message message = network.poll(); message != null; message = network.poll()) {
        cores[message.to() - 1].step(new RaftInput.PeerMessage(message));
        counter.steps++;
        busy = true;
      }
    }
  }

  private boolean drain(RaftCore core, Steps counter) {
    if (!core.hasEffects()) {
      return false;
    }
    effects.clear();
    core.drainTo(effects);
    network.addAll(effects.sendNow());
    List<Message> afterPersist = List.copyOf(effects.sendAfterPersist());
    LogMark mark = effects.appendMark();
    if (mark != null) {
      core.step(new RaftInput.LogPersisted(mark));
      counter.steps++;
    }
    network.addAll(afterPersist);
    return true;
  }
}
