// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.core.metadata;

import dev.almadia.broker.core.BrokerError;
import dev.almadia.broker.core.ClusterErrors;
import dev.almadia.broker.core.Errors;
import dev.almadia.broker.core.metadata.MetadataImage.PartitionOfTopic;
import java.util.HashSet;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Where replicas may be. The same check is made when an order comes and when it is applied. */
public final class TargetRules {
  private TargetRules() {}

  /** Why a partition may not have its replicas there; null if it may. */
  public static @Nullable BrokerError refusalOf(
      MetadataImage image, PartitionOfTopic placed, List<Integer> ids, int replicationFactor) {
    if (ids.isEmpty()) {
      return ClusterErrors.quorumAtRisk(
          "The last replica of " + placed.resource() + " cannot be removed; delete the topic",
          placed.resource(),
          1);
    }
    if (ids.size() != replicationFactor || new HashSet<>(ids).size() != ids.size()) {
      return Errors.invalid(
          "broker_ids",
          ids.toString(),
          "must be "
              + replicationFactor
              + " different brokers, the replication factor of topic "
              + placed.topic().name());
    }
    List<Integer> present = placed.partition().replicas();
    for (int id : ids) {
      BrokerImage broker = image.brokers().get(id);
      if (broker == null) {
        return ClusterErrors.brokerNotFound(id, image.brokers().keySet());
      }
      if (!broker.isActive() && !present.contains(id)) {
        return ClusterErrors.brokerDraining(id, broker.stateName());
      }
    }
    return placed.partition().members().hasNoLifeLeft(ids)
        ? Errors.invalid("broker_ids", ids.toString(), "a broker has used up its replica lives")
        : null;
  }
}
