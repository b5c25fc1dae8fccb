// SPDX-License-Identifier: Apache-2.0
package dev.almadia.raft.testing;

import dev.almadia.raft.core.Entry;
import dev.almadia.raft.core.EntryId;
import dev.almadia.raft.core.Role;
import dev.almadia.raft.core.config.GroupConfig;
import dev.almadia.raft.core.config.ReplicaId;
import dev.almadia.raft.shard.GroupSpec;
import dev.almadia.raft.shard.GroupView;
import dev.almadia.raft.shard.RaftNodeConfig;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;
import java.util.function.IntFunction;

/**
 * Brokers with real shards and writers on memory disks and a memory network, in virtual time, all
 * in one thread: a test is a function of its seed.
 */
public final class MemoryCluster {
  private final VirtualTime time;
  private final MemoryNetwork network;
  private final IntFunction<RaftNodeConfig> configs;
  private final Map<Integer, MemoryBroker> brokers = new TreeMap<>();
  private final Map<Long, GroupSpec> groups = new TreeMap<>();

  /** By group, the state of its machines after each entry. */
  private final Map<Long, Map<Long, Long>> ledgers = new TreeMap<>();

  /** Brokers 1 to {@code size}, all up. */
  public MemoryCluster(long seed, int size, IntFunction<RaftNodeConfig> configs) {
    this.time = new VirtualTime(seed);
    this.network = new MemoryNetwork(time, seed + 1);
    this.configs = configs;
    for (int brokerId = 1; brokerId <= size; brokerId++) {
      brokers.put(brokerId, new MemoryBroker(brokerId));
      start(brokerId);
    }
  }

  /** Three brokers with one shard each. */
  public static MemoryCluster ofThree(long seed) {
    return new MemoryCluster(seed, 3, id -> RaftNodeConfig.defaults(id, 1));
  }

  private void start(int brokerId) {
    brokers.get(brokerId).start(configs.apply(brokerId), time, network);
  }

  /** A group on all brokers that broker 1 should lead; synced, with a log that may be cut. */
  public void create(long groupId) {
    create(groupId, true, false);
  }

  /** A group on all brokers that broker 1 should lead. */
  public void create(long groupId, boolean synced, boolean keepsLog) {
    create(groupId, 0, synced, keepsLog);
  }

  /** The same in a later life: of replicas that take the place of those that were destroyed. */
  public void create(long groupId, int life, boolean synced, boolean keepsLog) {
    GroupConfig config =
        GroupConfig.ofVoters(brokers.keySet().stream().map(id -> ReplicaId.of(id, life)).toList());
    create(groupId, config, synced, keepsLog);
  }

  /** A group of these voters, the first of which should lead. */
  public void create(long groupId, GroupConfig config, boolean synced, boolean keepsLog) {
    ledgers.put(groupId, new TreeMap<>());
    for (int replica : config.voters()) {
      MemoryBroker broker = brokers.get(ReplicaId.broker(replica));
      GroupSpec spec =
          new GroupSpec(
              groupId,
              replica,
              config,
              synced,
              replica == config.voters().get(0),
              machine(broker, groupId, keepsLog));
      groups.put(groupId, spec);
      broker.node().open(spec, null);
    }
  }

  private LogMachine machine(MemoryBroker broker, long groupId, boolean keepsLog) {
    return broker.newMachine(groupId, keepsLog, ledgers.get(groupId));
  }

  /** A replica that joins a group that was created elsewhere; left as it is if it runs. */
  public void join(long groupId, int replicaId) {
    GroupSpec spec = groups.get(groupId);
    MemoryBroker broker = brokers.get(ReplicaId.broker(replicaId));
    broker
        .node()
        .open(
            new GroupSpec(
                groupId,
                replicaId,
                GroupConfig.UNKNOWN,
                spec.synced(),
                false,
                machine(broker, groupId, spec.machine().keepsLog())),
            null);
  }

  /** From here on the machines of a group may come to other states than those that are gone. */
  public void forgetStates(long groupId) {
    ledgers.get(groupId).clear();
  }

  /** How a replica of another group would be opened, on one of the brokers. */
  public GroupSpec spec(int brokerId, long groupId) {
    LogMachine machine = brokers.get(brokerId).newMachine(groupId, false, new TreeMap<>());
    return new GroupSpec(groupId, brokerId, GroupConfig.UNKNOWN, true, false, machine);
  }

  /** The broker's disk is lost with the process on it; it starts with an empty one. */
  public void loseDisk(int brokerId) {
    kill(brokerId);
    brokers.get(brokerId).store().wipe();
  }

  private GroupSpec spec(MemoryBroker broker, long groupId) {
    GroupSpec spec = groups.get(groupId);
    return new GroupSpec(
        groupId,
        broker.id(),
        spec.config(),
        spec.synced(),
        false,
        machine(broker, groupId, spec.machine().keepsLog()));
  }

  /** Power loss on a broker. */
  public void kill(int brokerId) {
    brokers.get(brokerId).crash(true);
    network.down(brokerId);
  }

  /** The process on a broker ends; what it wrote stays. */
  public void killProcess(int brokerId) {
    brokers.get(brokerId).crash(false);
    network.down(brokerId);
  }

  /** Starts a broker again on its disk. */
  public void restart(int brokerId) {
    start(brokerId);
    MemoryBroker broker = brokers.get(brokerId);
    broker.restore(groupId -> spec(broker, groupId));
  }

  /** Lets time pass. */
  public void run(long millis) {
    for (long i = 0; i < millis; i++) {
      network.deliver();
      brokers.values().forEach(broker -> broker.run(time.nowMillis()));
      time.advanceMillis(1);
    }
  }

  /** Lets time pass until it holds; fails if that takes longer. */
  public void runUntil(String what, long millisMax, BooleanSupplier holds) {
    long end = time.nowMillis() + millisMax;
    while (!holds.getAsBoolean()) {
      if (time.nowMillis() >= end) {
        throw new AssertionError("not within " + millisMax + " ms: " + what);
      }
      run(1);
    }
  }

  /** The broker with a confirmed leader of the group in the highest term, null if there is none. */
  public MemoryBroker leader(long groupId) {
    MemoryBroker leader = null;
    long term = 0;
    for (MemoryBroker broker : brokers.values()) {
      GroupView view = broker.isUp() ? broker.node().view(groupId) : null;
      if (view != null && view.role() == Role.LEADER && view.confirmed() && view.term() > term) {
        leader = broker;
        term = view.term();
      }
    }
    return leader;
  }

  /** Whether the broker leads the group and may serve. */
  public boolean leads(int brokerId, long groupId) {
    MemoryBroker leader = leader(groupId);
    return leader != null && leader.id() == brokerId;
  }

  /** Waits for leaders of all groups. */
  public void awaitLeaders() {
    runUntil(
        "leaders of all groups",
        20_000,
        () -> groups.keySet().stream().allMatch(groupId -> leader(groupId) != null));
  }

  /** Proposes to the leader, which must be there. */
  public TestProposal propose(long groupId, String content) {
    TestProposal proposal = new TestProposal(content.getBytes(StandardCharsets.UTF_8));
    leader(groupId).node().propose(groupId, proposal);
    return proposal;
  }

  /** Proposes so many to the leader and waits until all are acknowledged. */
  public List<TestProposal> proposeAll(long groupId, int count) {
    List<TestProposal> proposals = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      proposals.add(propose(groupId, "record " + i));
    }
    runUntil(
        count + " acknowledgements",
        10_000,
        () -> proposals.stream().allMatch(TestProposal::isDone));
    return proposals;
  }

  /** All replicas have written the same log. */
  public boolean isEven(long groupId) {
    return isEven(groupId, brokers.keySet());
  }

  /** Those on these brokers have, behind the last of the places where they start. */
  public boolean isEven(long groupId, Collection<Integer> brokerIds) {
    List<MemoryLogStore> stores =
        brokers.values().stream()
            .filter(broker -> brokerIds.contains(broker.id()))
            .map(MemoryBroker::store)
            .toList();
    long start = stores.stream().mapToLong(store -> store.startIndex(groupId)).max().orElse(0);
    return stores.stream().map(store -> idsBehind(start, store, groupId)).distinct().count() == 1;
  }

  private static List<EntryId> idsBehind(long start, MemoryLogStore store, long groupId) {
    List<Entry> entries = store.entries(groupId);
    List<EntryId> ids =
        new ArrayList<>(entries.stream().map(Entry::id).filter(id -> id.index() > start).toList());
    // A log that ends before the start is not that of one that ends there.
    ids.add(new EntryId(0, store.startIndex(groupId) + entries.size()));
    return ids;
  }

  /** A broker. */
  public MemoryBroker broker(int brokerId) {
    return brokers.get(brokerId);
  }

  /** All brokers. */
  public List<MemoryBroker> brokers() {
    return List.copyOf(brokers.values());
  }

  /** The network. */
  public MemoryNetwork network() {
    return network;
  }

  /** The clock. */
  public VirtualTime time() {
    return time;
  }
}
