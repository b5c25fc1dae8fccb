// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.core.metadata;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** What long work does. */
public enum OperationKind {
  /** Moves leaders off a broker. */
  DRAIN,
  /** Moves everything off a broker and forgets it. */
  DECOMMISSION,
  /** Moves replicas that somebody named. */
  MOVE,
  /** Changes how many replicas a topic's partitions have. */
  REPLICATION,
  /** Evens out replicas. */
  REBALANCE,
  /** Gives a broker with a new disk what the old one held. */
  RESEED,
  /** Lets replicas go on alone where a majority is lost. */
  RECOVER;

  /** Its name in the API. */
  public String apiName() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** The kind of this name, null if there is none. */
  public static @Nullable OperationKind of(String apiName) {
    for (OperationKind kind : values()) {
      if (kind.apiName().equals(apiName)) {
        return kind;
      }
    }
    return null;
  }

  /** Whether it has moves of its own, planned when it begins. */
  public boolean hasMoves() {
    return this == MOVE || this == REPLICATION || this == REBALANCE;
  }
}
