// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.core.cluster;

import dev.almadia.broker.core.BrokerError;
import dev.almadia.broker.core.ClusterErrors;
import dev.almadia.broker.core.Errors;
import dev.almadia.internal.v1.AskClusterResponse;
import dev.almadia.v1.ErrorReason;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * What a broker does whose disk holds no metadata: it forms a cluster with its initial brokers, or
 * joins the one that is there. Pure.
 *
 * <p>A disk that was lost looks like a new one, and its broker must never vote a second time in the
 * name of what was on it (bug class 19). So a broker forms a cluster only with the word of every
 * initial broker that it has no cluster either, or that it formed one with exactly this disk: who
 * formed keeps the incarnations of all that it formed with. Whoever has taken this broker's vote
 * had its own replica on disk before it asked, and so says that it has formed, and with whom.
 */
public final class EntryRules {
  /** What to do. */
  public enum Step {
    /** Ask again. */
    WAIT,
    /** Start the metadata group as one of its first voters. */
    FORM,
    /** Register with the cluster that is there. */
    JOIN,
    /** Nothing can come of it until somebody changes the configuration. */
    REFUSED
  }

  /**
   * A decision.
   *
   * @param step what to do
   * @param formWith if FORM: voters and their incarnations
   * @param through if JOIN: the answer of a broker that knows the cluster
   * @param error if WAIT or REFUSED: why, in one line
   */
  public record Decision(
      Step step,
      SortedMap<Integer, String> formWith,
      @Nullable AskClusterResponse through,
      @Nullable BrokerError error) {}

  /**
   * Who asks.
   *
   * @param brokerId the broker
   * @param incarnation of its disk
   * @param clusterId that its disk belongs to; empty if none
   * @param initialBrokers brokers that form the cluster; empty if it may only join
   */
  public record Asker(
      int brokerId, String incarnation, String clusterId, SortedSet<Integer> initialBrokers) {}

  private EntryRules() {}

  /** Decides by the newest answers, one for each broker that answered. */
  public static Decision decide(Asker asker, Collection<AskClusterResponse> answers) {
    for (AskClusterResponse answer : answers) {
      String known = answer.getFormedWithMap().get(asker.brokerId());
      if (asker.incarnation().equals(known)) {
        return form(new TreeMap<>(answer.getFormedWithMap()));
      }
    }
    for (AskClusterResponse answer : answers) {
      if (!answer.getClusterId().isEmpty()) {
        return joinThrough(asker, answer);
      }
    }
    return mayForm(asker, answers);
  }

  private static Decision joinThrough(Asker asker, AskClusterResponse answer) {
    BrokerError error = obstacleIn(asker, answer);
    return new Decision(
        error == null ? Step.JOIN : Step.REFUSED, Collections.emptySortedMap(), answer, error);
  }

  /**
   * What an answer says that keeps this broker out of the cluster until somebody does something,
   * also if its disk holds metadata; null if it says no such thing.
   */
  public static @Nullable BrokerError obstacleIn(Asker asker, AskClusterResponse answer) {
    if (answer.getDecommissioned()) {
      return ClusterErrors.brokerDecommissioned(asker.brokerId());
    }
    if (asker.clusterId().isEmpty()
        || answer.getClusterId().isEmpty()
        || asker.clusterId().equals(answer.getClusterId())) {
      return null;
    }
    return BrokerError.of(
        ErrorReason.ERROR_REASON_WRONG_CLUSTER,
        "The data directory belongs to cluster "
            + asker.clusterId()
            + ", broker "
            + answer.getBrokerId()
            + " to cluster "
            + answer.getClusterId()
            + "; correct join or initial-brokers, or give an empty data directory",
        "cluster_id",
        asker.clusterId(),
        "peer_cluster_id",
        answer.getClusterId());
  }

  private static Decision mayForm(Asker asker, Collection<AskClusterResponse> answers) {
    if (asker.initialBrokers().isEmpty()) {
      return wait(asker, "none of the brokers in join has a cluster yet");
    }
    SortedMap<Integer, String> with = new TreeMap<>();
    with.put(asker.brokerId(), asker.incarnation());
    for (AskClusterResponse answer : answers) {
      if (answer.getFormed()) {
        return wait(
            asker,
            "broker "
                + answer.getBrokerId()
                + " has begun a cluster without this disk, which has no leader yet");
      }
      if (!new TreeSet<>(answer.getInitialBrokerIdsList()).equals(asker.initialBrokers())) {
        return refused(
            "broker "
                + answer.getBrokerId()
                + " has other initial-brokers "
                + answer.getInitialBrokerIdsList()
                + " than broker "
                + asker.brokerId()
                + " "
                + asker.initialBrokers()
                + "; give all of them the same");
      }
      if (asker.initialBrokers().contains(answer.getBrokerId())) {
        with.put(answer.getBrokerId(), answer.getIncarnation());
      }
    }
    SortedSet<Integer> silent = new TreeSet<>(asker.initialBrokers());
    silent.removeAll(with.keySet());
    if (!silent.isEmpty()) {
      List<String> names = new ArrayList<>();
      silent.forEach(broker -> names.add(String.valueOf(broker)));
      return wait(
          asker,
          "the very first start needs all of initial-brokers; not there yet: broker "
              + String.join(", ", names));
    }
    return form(with);
  }

  private static Decision form(SortedMap<Integer, String> with) {
    return new Decision(Step.FORM, Collections.unmodifiableSortedMap(with), null, null);
  }

  private static Decision refused(String why) {
    return new Decision(
        Step.REFUSED,
        Collections.emptySortedMap(),
        null,
        Errors.invalid("initial-brokers", "", why));
  }

  private static Decision wait(Asker asker, String why) {
    return new Decision(
        Step.WAIT,
        Collections.emptySortedMap(),
        null,
        BrokerError.of(
            ErrorReason.ERROR_REASON_BROKER_STARTING,
            "Broker " + asker.brokerId() + " waits: " + why,
            "broker_id",
            asker.brokerId()));
  }
}
