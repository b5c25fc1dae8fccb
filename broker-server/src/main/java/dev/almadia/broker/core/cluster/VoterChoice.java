// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.core.cluster;

import dev.almadia.broker.core.metadata.BrokerImage;
import dev.almadia.broker.core.metadata.MetadataImage;
import dev.almadia.broker.core.metadata.MetadataVoters;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableMap;
import java.util.TreeMap;

/**
 * Who should vote on metadata: three brokers, or five of five or more, in different zones as far as
 * there are. Whoever votes goes on, unless he is decommissioned, or gone for long and another one
 * is there.
 */
final class VoterChoice {
  private final MetadataImage image;
  private final ClusterFacts facts;
  private final long goneMillis;

  VoterChoice(MetadataImage image, ClusterFacts facts, long goneMillis) {
    this.image = image;
    this.facts = facts;
    this.goneMillis = goneMillis;
  }

  /** Broker ids; the present ones, in their order, if nothing is to change. */
  List<Integer> wanted() {
    List<Integer> present = image.metadataGroup().voterBrokers();
    List<Integer> chosen = new ArrayList<>();
    List<Integer> gone = new ArrayList<>();
    for (int id : present) {
      if (stays(id)) {
        (facts.isGoneFor(id, goneMillis) ? gone : chosen).add(id);
      }
    }
    int count = MetadataVoters.countFor(membersThatStay());
    while (chosen.size() > count) {
      chosen.remove(Integer.valueOf(leastUseful(chosen)));
    }
    while (chosen.size() < count) {
      int next = best(chosen);
      if (next == 0) {
        break;
      }
      chosen.add(next);
    }
    for (int id : gone) {
      if (chosen.size() < count) {
        chosen.add(id); // nobody else is there to take its place
      }
    }
    improveZones(chosen);
    return chosen.isEmpty() || sameAs(chosen, present) ? present : chosen;
  }

  private static boolean sameAs(List<Integer> one, List<Integer> other) {
    return one.size() == other.size() && one.containsAll(other);
  }

  private boolean stays(int id) {
    BrokerImage broker = image.brokers().get(id);
    // One that formed the cluster and was not heard of yet counts as there.
    return broker == null
        ? image.metadataGroup().formedWith().containsKey(id)
        : !broker.isDecommissioning();
  }

  private int membersThatStay() {
    int unknown = image.metadataGroup().formedWith().size();
    return unknown
        + (int)
            image.brokers().values().stream().filter(broker -> !broker.isDecommissioning()).count();
  }

  /** The one that helps zones most, active before draining; 0 if nobody is left. */
  private int best(List<Integer> chosen) {
    int best = 0;
    int bestRank = Integer.MAX_VALUE;
    for (BrokerImage broker : image.brokers().values()) {
      int id = broker.brokerId();
      if (chosen.contains(id) || broker.isDecommissioning() || !facts.isConnected(id)) {
        continue;
      }
      int rank = 2 * inZone(chosen, id) + (broker.isActive() ? 0 : 1);
      if (rank < bestRank) {
        bestRank = rank;
        best = id;
      }
    }
    return best;
  }

  private int inZone(List<Integer> chosen, int id) {
    String zone = zoneOf(id);
    return (int) chosen.stream().filter(other -> zoneOf(other).equals(zone)).count();
  }

  private String zoneOf(int id) {
    BrokerImage broker = image.brokers().get(id);
    return broker == null ? "" : broker.zone();
  }

  /** One that is not connected, else one of the fullest zone; the last chosen first. */
  private int leastUseful(List<Integer> chosen) {
    int worst = chosen.get(chosen.size() - 1);
    int worstRank = -1;
    for (int i = chosen.size() - 1; i >= 0; i--) {
      int id = chosen.get(i);
      int rank = (facts.isConnected(id) ? 0 : 1000) + inZone(chosen, id);
      if (rank > worstRank) {
        worstRank = rank;
        worst = id;
      }
    }
    return worst;
  }

  /** At most one replacement, and only when the group has got where it was to be before. */
  private void improveZones(List<Integer> chosen) {
    if (!image.metadataGroup().isSettled()) {
      return;
    }
    NavigableMap<String, Integer> perZone = new TreeMap<>();
    chosen.forEach(id -> perZone.merge(zoneOf(id), 1, Integer::sum));
    for (BrokerImage broker : image.brokers().values()) {
      if (perZone.containsKey(broker.zone())
          || !broker.isActive()
          || !facts.isConnected(broker.brokerId())) {
        continue;
      }
      int worst = leastUseful(chosen);
      if (perZone.getOrDefault(zoneOf(worst), 0) > 1) {
        chosen.remove(Integer.valueOf(worst));
        chosen.add(broker.brokerId());
      }
      return;
    }
  }
}
