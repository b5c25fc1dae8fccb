// SPDX-License-Identifier: Apache-2.0
package dev.almadia.simulation.workload;

import dev.almadia.simulation.kernel.SimRandom;
import java.util.List;

/**
 * How much of what the clients do.
 *
 * @param topics topic names, at least 1
 * @param partitionsMax of a topic, at least 1
 * @param replicasWanted replicas of a topic at least, where there are so many brokers
 * @param bufferedShare share of the topics whose acknowledgements do not wait for a sync
 * @param recreates topics are deleted, and others created by the same name
 * @param clients how many of each kind
 * @param operations about so many in all, while the cluster serves
 * @param millis time in which they are done
 * @param orderPauseMillis from one order about brokers and replicas to the next; 0 for none
 * @param cutPauseMillis from one cut of a log to the next; 0 for none
 * @param numbered producers that name themselves and number their records
 */
public record WorkloadOptions(
    int topics,
    int partitionsMax,
    int replicasWanted,
    double bufferedShare,
    boolean recreates,
    Clients clients,
    int operations,
    long millis,
    long orderPauseMillis,
    long cutPauseMillis,
    int numbered) {
  private static final double PRODUCE_SHARE = 0.45;
  private static final double STREAM_SHARE = 0.2;
  private static final double FETCH_SHARE = 0.25;
  private static final double RESOLVE_SHARE = 0.08;
  private static final double ADMIN_SHARE = 0.02;

  /**
   * How many clients of each kind; beside them there is one administrator.
   *
   * @param producers with unary calls, at least 1
   * @param streams with ProduceStream
   * @param fetchers with Fetch, at least 1
   * @param subscribers with Subscribe
   * @param resolvers with ResolveOffsets, at least 1
   */
  public record Clients(int producers, int streams, int fetchers, int subscribers, int resolvers) {
    static Clients draw(SimRandom random) {
      return new Clients(
          random.between(1, 4),
          random.between(0, 2),
          random.between(1, 3),
          random.between(0, 3),
          random.between(1, 2));
    }
  }

  /**
   * From a seed's chance.
   *
   * @param bufferedShare as the scenario says
   * @param millis time of the run
   */
  public static WorkloadOptions draw(SimRandom random, double bufferedShare, long millis) {
    int perMinute = random.pick(List.of(700, 1_000, 1_000, 1_500, 2_500));
    return new WorkloadOptions(
        random.between(1, 3),
        random.between(1, 6),
        random.pick(List.of(1, 3, 3)),
        bufferedShare,
        random.chance(0.5),
        Clients.draw(random),
        (int) Math.max(1, perMinute * millis / 60_000),
        millis,
        0,
        0,
        0);
  }

  /** The same with at least so many replicas of each topic. */
  public WorkloadOptions withReplicas(int wanted) {
    return new WorkloadOptions(
        topics,
        partitionsMax,
        wanted,
        bufferedShare,
        recreates,
        clients,
        operations,
        millis,
        orderPauseMillis,
        cutPauseMillis,
        numbered);
  }

  /** The same with an administrator who gives orders about brokers and replicas. */
  public WorkloadOptions withOrders(SimRandom random) {
    return new WorkloadOptions(
        topics,
        partitionsMax,
        replicasWanted,
        bufferedShare,
        recreates,
        clients,
        operations,
        millis,
        random.pick(List.of(500L, 1_500L, 4_000L)),
        cutPauseMillis,
        numbered);
  }

  /** The same, and logs are cut. */
  public WorkloadOptions withCuts(SimRandom random) {
    return new WorkloadOptions(
        topics,
        partitionsMax,
        replicasWanted,
        bufferedShare,
        recreates,
        clients,
        operations,
        millis,
        orderPauseMillis,
        random.pick(List.of(100L, 500L, 3_000L)),
        numbered);
  }

  /** The same with up to so many producers that number their records. */
  public WorkloadOptions withNumbered(SimRandom random, int max) {
    return new WorkloadOptions(
        topics,
        partitionsMax,
        replicasWanted,
        bufferedShare,
        recreates,
        clients,
        operations,
        millis,
        orderPauseMillis,
        cutPauseMillis,
        max == 0 ? 0 : random.between(1, max));
  }

  /** The same with this share of topics that do without syncs. */
  public WorkloadOptions withBuffered(double share) {
    return new WorkloadOptions(
        topics,
        partitionsMax,
        replicasWanted,
        share,
        recreates,
        clients,
        operations,
        millis,
        orderPauseMillis,
        cutPauseMillis,
        numbered);
  }

  /** The fewest replicas that a topic has, with so many brokers. */
  public int replicasMin(int brokers) {
    return Math.min(replicasWanted, brokers);
  }

  /** How many clients there are in all. */
  public int clientCount() {
    return 1
        + (orderPauseMillis == 0 ? 0 : 1)
        + (cutPauseMillis == 0 ? 0 : 1)
        + clients.producers()
        + clients.streams()
        + clients.fetchers()
        + clients.subscribers()
        + clients.resolvers()
        + numbered;
  }

  long producePauseMillis() {
    double share = clients.streams() == 0 ? PRODUCE_SHARE + STREAM_SHARE : PRODUCE_SHARE;
    return pauseMillis(share, clients.producers());
  }

  long streamPauseMillis() {
    return pauseMillis(STREAM_SHARE, clients.streams());
  }

  /** They write as much as if they were the other producers. */
  long numberedPauseMillis() {
    return pauseMillis(PRODUCE_SHARE, Math.max(1, numbered));
  }

  long fetchPauseMillis() {
    return pauseMillis(FETCH_SHARE, clients.fetchers());
  }

  long resolvePauseMillis() {
    return pauseMillis(RESOLVE_SHARE, clients.resolvers());
  }

  long adminPauseMillis() {
    return pauseMillis(ADMIN_SHARE, 1);
  }

  private long pauseMillis(double share, int many) {
    return Math.max(1, (long) (millis * many / (operations * share)));
  }

  @Override
  public String toString() {
    return "topics="
        + topics
        + " partitions<="
        + partitionsMax
        + " replicas>="
        + replicasWanted
        + " buffered="
        + bufferedShare
        + (recreates ? " recreated" : "")
        + " clients="
        + clients.producers()
        + "p+"
        + clients.streams()
        + "s+"
        + clients.fetchers()
        + "f+"
        + clients.subscribers()
        + "u+"
        + clients.resolvers()
        + "r"
        + (numbered == 0 ? "" : "+" + numbered + "n")
        + " operations~"
        + operations
        + (orderPauseMillis == 0 ? "" : " order/" + orderPauseMillis + "ms")
        + (cutPauseMillis == 0 ? "" : " cut/" + cutPauseMillis + "ms");
  }
}
