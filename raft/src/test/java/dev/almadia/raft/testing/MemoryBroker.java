// SPDX-License-Identifier: Apache-2.0
package dev.almadia.raft.testing;

import dev.almadia.raft.link.Leadership;
import dev.almadia.raft.shard.GroupSpec;
import dev.almadia.raft.shard.RaftNode;
import dev.almadia.raft.shard.RaftNodeConfig;
import dev.almadia.raft.shard.RaftNodeServices;
import dev.almadia.raft.shard.RaftShard;
import dev.almadia.raft.store.RestoredGroup;
import dev.almadia.raft.store.StoreException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.LongFunction;

/** One broker of a {@link MemoryCluster}: the disk outlives the process. One thread only. */
public final class MemoryBroker {
  /** Far above what a turn can need; an agent that works forever is a bug. */
  private static final int TURNS_MAX = 10_000;

  private final int brokerId;
  private final MemoryLogStore store = new MemoryLogStore();
  private final ArrayDeque<Runnable> reads = new ArrayDeque<>();
  private final Map<Long, LogMachine> machines = new TreeMap<>();
  private final List<String> fatals = new ArrayList<>();
  private final Map<Long, Leadership> heard = new TreeMap<>();
  private RaftNode node;
  private boolean stalled;
  private boolean fatalsExpected;
  private int readsMax = 1000;
  private long diskPauseMillis;
  private long diskFreeAtMillis;

  MemoryBroker(int brokerId) {
    this.brokerId = brokerId;
  }

  void start(RaftNodeConfig config, VirtualTime time, MemoryNetwork network) {
    RaftNodeServices.Callbacks callbacks =
        new RaftNodeServices.Callbacks(
            name -> () -> {},
            this::fatal,
            (from, news) -> news.forEach(one -> heard.merge(one.groupId(), one, this::newer)));
    machines.clear();
    reads.clear();
    node =
        new RaftNode(
            config,
            new RaftNodeServices(
                time, store, network.linksOf(brokerId), this::executeRead, callbacks));
    network.up(brokerId, node);
  }

  /** A failed write is what tests ask for; anything else is a bug that they must not overlook. */
  private void fatal(String agent, Throwable cause) {
    fatals.add(agent + ": " + cause);
    if (!(cause instanceof StoreException) && !fatalsExpected) {
      throw new AssertionError("broker " + brokerId + ", " + agent, cause);
    }
  }

  /** Broken invariants are only noted. */
  public void expectFatals() {
    fatalsExpected = true;
  }

  private Leadership newer(Leadership before, Leadership now) {
    return now.term() >= before.term() ? now : before;
  }

  private void executeRead(Runnable read) {
    if (reads.size() >= readsMax) {
      throw new RejectedExecutionException("no room");
    }
    reads.add(read);
  }

  /** Starts all groups that the disk has. */
  void restore(LongFunction<GroupSpec> specs) {
    for (RestoredGroup group : store.restore()) {
      node.open(specs.apply(group.groupId()), group);
    }
  }

  void crash(boolean losesPower) {
    node = null;
    if (losesPower) {
      store.crash();
    } else {
      store.reopen();
    }
  }

  LogMachine newMachine(long groupId, boolean keepsLog, Map<Long, Long> ledger) {
    LogMachine machine =
        new LogMachine(keepsLog, ledger, started -> machines.put(groupId, started));
    machines.putIfAbsent(groupId, machine);
    return machine;
  }

  /** Runs all agents until none has work. */
  void run(long nowMillis) {
    for (int turns = 0; node != null && !stalled; turns++) {
      if (turns > TURNS_MAX) {
        throw new AssertionError("broker " + brokerId + " works without end");
      }
      int work = 0;
      for (RaftShard shard : node.shards()) {
        work += shard.doWork();
      }
      if (nowMillis >= diskFreeAtMillis) {
        int written = node.writer().doWork();
        if (written > 0 && diskPauseMillis > 0) {
          diskFreeAtMillis = nowMillis + diskPauseMillis;
        }
        work += written;
      }
      for (Runnable read = reads.poll(); read != null; read = reads.poll()) {
        read.run();
        work++;
      }
      if (work == 0) {
        return;
      }
    }
  }

  /** Its id. */
  public int id() {
    return brokerId;
  }

  /** The running node. */
  public RaftNode node() {
    return node;
  }

  /** Whether the process lives. */
  public boolean isUp() {
    return node != null;
  }

  /** Its disk. */
  public MemoryLogStore store() {
    return store;
  }

  /** What a group applied and showed. */
  public LogMachine machine(long groupId) {
    return machines.get(groupId);
  }

  /** What its agents reported as fatal. */
  public List<String> fatals() {
    return fatals;
  }

  /** Who leads what, as told by others. */
  public Map<Long, Leadership> heard() {
    return heard;
  }

  /** All its threads stand still, or go on. */
  public void stall(boolean on) {
    stalled = on;
  }

  /** After each write, the disk is busy for so long. */
  public void diskPause(long millis) {
    diskPauseMillis = millis;
    diskFreeAtMillis = 0;
  }

  /** The disk does nothing until further notice. */
  public void diskHangs() {
    diskFreeAtMillis = Long.MAX_VALUE;
  }

  /** How many reads the executor takes. */
  public void readsMax(int reads) {
    readsMax = reads;
  }
}
