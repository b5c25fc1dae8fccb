// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.server.runtime;

import dev.almadia.broker.core.BrokerError;
import dev.almadia.broker.core.cluster.EntryRules;
import dev.almadia.broker.core.cluster.EntryRules.Decision;
import dev.almadia.broker.server.BrokerIdentity;
import dev.almadia.broker.server.config.Endpoint;
import dev.almadia.broker.server.grpc.Forwarder;
import dev.almadia.broker.server.grpc.Statuses;
import dev.almadia.internal.v1.AskClusterRequest;
import dev.almadia.internal.v1.AskClusterResponse;
import dev.almadia.internal.v1.BrokerRegistration;
import dev.almadia.internal.v1.BrokerServiceGrpc;
import dev.almadia.internal.v1.RegisterBrokerRequest;
import dev.almadia.internal.v1.RegisterBrokerResponse;
import dev.almadia.raft.core.config.GroupConfig;
import dev.almadia.raft.core.config.ReplicaId;
import dev.almadia.v1.ErrorReason;
import io.grpc.Deadline;
import io.grpc.ManagedChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings a broker whose disk holds no metadata into a cluster, by {@link EntryRules}: asks the
 * brokers that it was told of, until it may form the cluster with them or has registered with the
 * one that is there. A broker that has metadata on its disk asks too, until it hears of a leader:
 * it may have been told of no addresses but those that it once joined through, and it may have been
 * decommissioned while it was away, which its own metadata do not say.
 *
 * <p>Timer thread; what calls bring is looked at by the next turn.
 */
final class ClusterEntry implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ClusterEntry.class);
  private static final long ASK_MS = 1000;
  private static final long REGISTER_MS = 3000;

  /** Between questions of one that has metadata: it does not wait for the answers. */
  private static final long PAUSE_NANOS = 1_000_000_000L;

  private final BrokerIdentity identity;
  private final BrokerRegistration registration;
  private final EntryRules.Asker asker;
  private final Supplier<List<Endpoint>> seeds;
  private final Function<Endpoint, ManagedChannel> opener;
  private final Deadline.Ticker ticker;
  private final Consumer<Entered> onEntered;
  private final Forwarder forwarder;

  /** Everybody that was ever asked; the place in it names the channel. */
  private final List<Endpoint> asked = new ArrayList<>();

  private final SortedMap<Integer, ManagedChannel> channels = new TreeMap<>();

  // Written by ends of calls, read by the timer thread; the addresses by any.
  private final SortedMap<Integer, AskClusterResponse> answers = new ConcurrentSkipListMap<>();
  private final SortedMap<Integer, Endpoint> addresses = new ConcurrentSkipListMap<>();
  private volatile @Nullable RegisterBrokerResponse registered;
  private volatile boolean closed;
  // Written by the timer thread and ends of calls, read by any.
  private volatile @Nullable BrokerError problem;
  // Written by ends of calls, read and taken back by the timer thread.
  private volatile boolean refused;

  private List<CompletableFuture<?>> calls = List.of();
  private long askedNanos;
  private boolean entered;

  /**
   * What it works with.
   *
   * @param identity of this broker's disk
   * @param registration what the cluster is told of this broker
   * @param seeds internal addresses of other brokers, to ask; may grow
   * @param initialBrokers brokers that form the cluster, with their addresses; empty to join only
   */
  record Parts(
      BrokerIdentity identity,
      BrokerRegistration registration,
      Supplier<List<Endpoint>> seeds,
      SortedMap<Integer, Endpoint> initialBrokers) {}

  /**
   * How the broker came in.
   *
   * @param selfId its replica of the metadata group
   * @param config what that replica knows of the group at first
   */
  record Entered(int selfId, GroupConfig config) {}

  /**
   * An entry that has not begun.
   *
   * @param onEntered hears, once, how the broker came in; null if its disk has metadata already
   */
  ClusterEntry(
      Parts parts,
      Function<Endpoint, ManagedChannel> opener,
      Deadline.Ticker ticker,
      @Nullable Consumer<Entered> onEntered) {
    this.identity = parts.identity();
    this.registration = parts.registration();
    this.asker =
        new EntryRules.Asker(
            registration.getBrokerId(),
            identity.incarnation(),
            identity.clusterId(),
            new TreeMap<>(parts.initialBrokers()).navigableKeySet());
    this.seeds = parts.seeds();
    this.opener = opener;
    this.ticker = ticker;
    this.askedNanos = ticker.nanoTime() - PAUSE_NANOS;
    this.entered = onEntered == null;
    this.onEntered = onEntered == null ? unused -> {} : onEntered;
    this.forwarder = new Forwarder(registration.getBrokerId(), ticker, this::channelOf);
    addresses.putAll(parts.initialBrokers());
  }

  /** Internal address of a broker, as configured or told by the others; null if not known. */
  @Nullable Endpoint addressOf(int brokerId) {
    return addresses.get(brokerId);
  }

  /** Brokers whose addresses are known. */
  Set<Integer> known() {
    return addresses.keySet();
  }

  /**
   * One turn.
   *
   * @param isMember the broker's own metadata know it as it is
   * @param hasLeader it hears who leads the metadata: if it is a member, nothing is left to ask for
   *     now
   */
  void turn(boolean isMember, boolean hasLeader) {
    if (closed) {
      return;
    }
    if (entered && isMember && hasLeader) {
      rest();
      return;
    }
    if (!calls.stream().allMatch(CompletableFuture::isDone)) {
      return;
    }
    if (refused) {
      // What the others said led to this, and is forgotten. Without it nothing can be decided.
      refused = false;
      answers.clear();
      if (!entered) {
        ask();
        return;
      }
    }
    answers.values().forEach(this::noteAddresses);
    learnOfObstacles();
    boolean isUnderWay = entered ? !isMember && registerAgain() : step();
    if (!isUnderWay && (!entered || ticker.nanoTime() - askedNanos >= PAUSE_NANOS)) {
      ask();
    }
  }

  /** Why this broker is not in the cluster, as far as it was told; null if it was told nothing. */
  @Nullable BrokerError problem() {
    return problem;
  }

  private void learnOfObstacles() {
    for (AskClusterResponse answer : answers.values()) {
      BrokerError error = EntryRules.obstacleIn(asker, answer);
      if (error != null) {
        report(error);
        return;
      }
    }
  }

  /**
   * Metadata know this broker by another address than it has now: nobody finds it, so it tells the
   * leader, whom it finds through the others. Returns whether a call has begun.
   */
  private boolean registerAgain() {
    for (AskClusterResponse answer : answers.values()) {
      if (EntryRules.obstacleIn(asker, answer) == null
          && !answer.getClusterId().isEmpty()
          && register(answer)) {
        return true;
      }
    }
    return false;
  }

  /**
   * Nothing is left to ask. Only for now: others may join and lead while this broker hears nothing,
   * and it must learn of them from somebody else to let them in, because the metadata that name
   * them come from nobody but that leader.
   */
  private void rest() {
    calls = List.of();
    answers.clear();
    refused = false;
    closeChannels();
  }

  @Override
  public void close() {
    closed = true;
    closeChannels();
  }

  private synchronized void closeChannels() {
    channels.values().forEach(ManagedChannel::shutdownNow);
    channels.clear();
  }

  /** Returns whether a call has begun. */
  private boolean step() {
    RegisterBrokerResponse response = registered;
    if (response != null) {
      identity.setClusterId(response.getClusterId());
      int selfId = ReplicaId.of(asker.brokerId(), response.getMetadataLife());
      LOG.info("joins cluster {} as replica {}", response.getClusterId(), ReplicaId.show(selfId));
      enter(new Entered(selfId, GroupConfig.UNKNOWN));
      return false;
    }
    Decision decision = EntryRules.decide(asker, answers.values());
    BrokerError error = decision.error();
    if (error != null && !calls.isEmpty()) {
      report(error);
    }
    AskClusterResponse through =
        decision.step() == EntryRules.Step.JOIN ? decision.through() : null;
    if (decision.step() == EntryRules.Step.FORM) {
      identity.setFormedWith(decision.formWith());
      LOG.info("forms a cluster of brokers {}", decision.formWith().keySet());
      List<Integer> voters = List.copyOf(decision.formWith().keySet());
      enter(new Entered(asker.brokerId(), GroupConfig.ofVoters(voters)));
    }
    return through != null && register(through);
  }

  private void enter(Entered how) {
    entered = true;
    onEntered.accept(how);
  }

  private void ask() {
    askedNanos = ticker.nanoTime();
    answers.clear();
    AskClusterRequest request =
        AskClusterRequest.newBuilder()
            .setBrokerId(asker.brokerId())
            .setIncarnation(asker.incarnation())
            .build();
    List<CompletableFuture<?>> begun = new ArrayList<>();
    for (Endpoint endpoint : seeds.get()) {
      int seed = placeOf(endpoint);
      begun.add(
          forwarder
              .unary(
                  Forwarder.Destination.of(seed),
                  BrokerServiceGrpc.getAskClusterMethod(),
                  request,
                  Forwarder.Effect.READ,
                  Deadline.after(ASK_MS, TimeUnit.MILLISECONDS, ticker))
              .handle(
                  (answer, thrown) -> {
                    if (thrown == null) {
                      answers.put(seed, answer);
                    }
                    return null;
                  }));
    }
    calls = begun;
  }

  /** Returns whether a call has begun. */
  private boolean register(AskClusterResponse through) {
    Endpoint leader = addresses.get(through.getMetadataLeaderBrokerId());
    if (leader == null) {
      report(waits("the cluster has no leader of its metadata at the moment"));
      return false;
    }
    int place = placeOf(leader);
    calls =
        List.of(
            forwarder
                .unary(
                    Forwarder.Destination.of(place),
                    BrokerServiceGrpc.getRegisterBrokerMethod(),
                    RegisterBrokerRequest.newBuilder().setBroker(registration).build(),
                    Forwarder.Effect.READ,
                    Deadline.after(REGISTER_MS, TimeUnit.MILLISECONDS, ticker))
                .handle(
                    (answer, thrown) -> {
                      if (thrown == null) {
                        registered = answer;
                      } else {
                        BrokerError error = Statuses.errorOf(thrown);
                        report(error == null ? waits(String.valueOf(thrown.getMessage())) : error);
                        refused = true;
                      }
                      return null;
                    }));
    return true;
  }

  private void noteAddresses(AskClusterResponse answer) {
    for (BrokerRegistration broker : answer.getBrokersList()) {
      try {
        addresses.put(broker.getBrokerId(), Endpoint.parse(broker.getInternalEndpoint()));
      } catch (IllegalArgumentException e) {
        LOG.warn("broker {} has a wrong address: {}", broker.getBrokerId(), e.getMessage());
      }
    }
  }

  private synchronized int placeOf(Endpoint endpoint) {
    if (!asked.contains(endpoint)) {
      asked.add(endpoint);
    }
    return asked.indexOf(endpoint);
  }

  private synchronized @Nullable ManagedChannel channelOf(int place) {
    return closed
        ? null
        : channels.computeIfAbsent(place, unused -> opener.apply(asked.get(place)));
  }

  private BrokerError waits(String why) {
    return BrokerError.of(
        ErrorReason.ERROR_REASON_BROKER_STARTING, why, "broker_id", asker.brokerId());
  }

  /** Logged when it begins or changes. */
  private synchronized void report(BrokerError error) {
    BrokerError last = problem;
    problem = error;
    if (last == null || !last.message().equals(error.message())) {
      LOG.warn("not in the cluster: {}", error.message());
    }
  }
}
