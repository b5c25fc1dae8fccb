// SPDX-License-Identifier: Apache-2.0
package dev.almadia.simulation.workload;

import dev.almadia.history.History;
import dev.almadia.simulation.cluster.SimCluster;
import dev.almadia.simulation.kernel.SimRandom;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The clients of one run. They begin with {@link #start}; {@link #finish} stops them, waits for
 * what is under way, reads everything, and gives the history of it all.
 *
 * <p>Each client is a process of its own on a machine that never fails. All that a client does
 * follows from the cluster's chance; what breaks a promise at once goes to its violations.
 */
public final class Workload {
  /** Longest deadline of a call, and a little more. */
  private static final long IDLE_MILLIS_MAX = 40_000;

  private final ClientWorld world;
  private final WorkloadOptions options;
  private final SimRandom random;
  private final List<WorkloadClient> clients = new ArrayList<>();
  private @Nullable OrderClient orders;

  /** Clients that have not begun. */
  public Workload(SimCluster cluster, WorkloadOptions options) {
    this.world = new ClientWorld(cluster);
    this.options = options;
    this.random = cluster.world().random().split("workload");
    List<String> names = new ArrayList<>();
    for (int i = 1; i <= options.topics(); i++) {
      names.add("topic-" + i);
    }
    clients.add(new AdminClient(newCaller(), options, names));
    addWriters();
    for (int i = 0; i < options.numbered(); i++) {
      clients.add(numbered(options.numberedPauseMillis()));
    }
    addReaders();
    if (options.orderPauseMillis() > 0) {
      orders = new OrderClient(newCaller(), options.orderPauseMillis());
      clients.add(orders);
    }
    if (options.cutPauseMillis() > 0) {
      clients.add(new LogCutter(newCaller(), options.cutPauseMillis()));
    }
  }

  private WorkloadClient numbered(long pauseMillis) {
    return switch (random.below(4)) {
      case 0 ->
          new NumberedProducerClient(
              newCaller(), NumberedProducerClient.Style.draw(random, pauseMillis));
      case 1 ->
          new OpenedProducerClient(
              newCaller(), OpenedProducerClient.Style.draw(random, pauseMillis));
      default ->
          new NumberedStreamClient(
              newCaller(), NumberedStreamClient.Style.draw(random, pauseMillis));
    };
  }

  private void addWriters() {
    for (int i = 0; i < options.clients().producers(); i++) {
      clients.add(
          new ProducerClient(
              newCaller(), ProducerClient.Style.draw(random, options.producePauseMillis())));
    }
    for (int i = 0; i < options.clients().streams(); i++) {
      clients.add(
          new StreamProducerClient(
              newCaller(), StreamProducerClient.Style.draw(random, options.streamPauseMillis())));
    }
  }

  private void addReaders() {
    for (int i = 0; i < options.clients().fetchers(); i++) {
      clients.add(
          new FetchClient(newCaller(), FetchClient.Style.draw(random, options.fetchPauseMillis())));
    }
    for (int i = 0; i < options.clients().subscribers(); i++) {
      clients.add(new SubscribeClient(newCaller(), SubscribeClient.Style.draw(random)));
    }
    for (int i = 0; i < options.clients().resolvers(); i++) {
      clients.add(new ResolveClient(newCaller(), options.resolvePauseMillis()));
    }
  }

  private Caller newCaller() {
    return new Caller(world, world.cluster().newClient());
  }

  /** All begin. */
  public void start() {
    clients.forEach(WorkloadClient::start);
  }

  /**
   * Asks what must hold at once when nothing breaks. For a cluster that has been healed and has
   * come to rest, while the clients go on.
   *
   * @param healthy brokers to ask
   * @return says whether all has been asked
   */
  public BooleanSupplier askFreshTopics(List<Integer> healthy) {
    FreshTopics questions = new FreshTopics(newCaller(), healthy);
    questions.start();
    return questions::isDone;
  }

  /** Nobody gives orders about brokers and replicas any more. */
  public void stopOrders() {
    OrderClient client = orders;
    if (client != null) {
      client.stop();
    }
  }

  /**
   * Asks what still runs, again and again, until all of it waits for something that only people can
   * do something about. For a cluster that has been healed and has come to rest.
   *
   * @return says whether it is so
   */
  public BooleanSupplier askOperations() {
    OrderClient client = orders;
    return client == null ? () -> true : client.askOperations();
  }

  /** An operation that runs without such a reason; null if there is none. */
  public @Nullable String unexplainedOperation() {
    OrderClient client = orders;
    return client == null ? null : client.unexplained();
  }

  /** Nobody begins anything new. What is under way has deadlines. */
  public void stop() {
    world.stop();
    clients.forEach(WorkloadClient::stop);
  }

  /** Whether nothing is under way. */
  public boolean isIdle() {
    return clients.stream().allMatch(WorkloadClient::isIdle);
  }

  /** Operations so far by kind and outcome; the names end in applied, ok, or something else. */
  public SortedMap<String, Long> operations() {
    return Collections.unmodifiableSortedMap(world.counts().asMap());
  }

  /** What was done and seen so far; what is open stays open in it. */
  public History history() {
    return world.recorder().history();
  }

  /**
   * Stops the clients, lets time pass until they are done, and reads everything. The cluster should
   * have been healed before. That it cannot be read is a broken promise.
   *
   * @param healthy brokers to read from
   * @param readMillisMax virtual time that each of the two kinds of final reads may take
   */
  public History finish(List<Integer> healthy, long readMillisMax) {
    SimCluster cluster = world.cluster();
    stop();
    if (!cluster.runUntil(IDLE_MILLIS_MAX, this::isIdle)) {
      broken("G12", "every call ends", "after " + IDLE_MILLIS_MAX + " ms a client still waits");
      return history();
    }
    List<KnownTopic> topics = world.topics().open();
    Drain drain = new Drain(newCaller(), healthy);
    drain.start(topics);
    if (!cluster.runUntil(readMillisMax, drain::isDone)) {
      broken(
          "G11",
          "a healed cluster can be followed",
          "not after " + readMillisMax + " ms: " + drain.lastProblem());
      return history();
    }
    FinalReads reads = new FinalReads(newCaller(), healthy);
    reads.start(topics);
    if (!cluster.runUntil(readMillisMax, reads::isDone)) {
      broken(
          "G11",
          "a healed cluster can be read",
          "not after " + readMillisMax + " ms: " + reads.lastProblem());
      return history();
    }
    new ReplicaLogs(world).note(topics, healthy);
    return history();
  }

  /** Only the first broken promise of a run is kept, so one more does no harm. */
  private void broken(String guarantee, String rule, String text) {
    world.conduct().broken(guarantee, rule, text);
  }
}
