// SPDX-License-Identifier: Apache-2.0
package dev.almadia.raft.core.config;

import dev.almadia.raft.core.Invariant;
import java.util.ArrayList;
import java.util.List;

/**
 * The configurations that a log holds and that can still matter: the newest committed one, and all
 * behind it, because these go when the log is truncated and the one before is in force again (bug
 * class 17). The newest is in force, committed or not.
 */
public final class ConfigHistory {
  /**
   * A configuration and its place.
   *
   * @param index index of its entry, 0 if the group was created with it
   * @param config the configuration
   */
  public record Placed(long index, GroupConfig config) {}

  private final List<Placed> placed = new ArrayList<>(1);

  /** Begins with a configuration that is committed, or that the group was created with. */
  public ConfigHistory(long index, GroupConfig config) {
    placed.add(new Placed(index, config));
  }

  /** In force. */
  public Placed newest() {
    return placed.get(placed.size() - 1);
  }

  /** The newest at or below an index, which must not be below the first one kept. */
  public Placed atOrBelow(long index) {
    int at = placed.size() - 1;
    while (at > 0 && placed.get(at).index() > index) {
      at--;
    }
    Invariant.check(at > 0 || placed.get(0).index() <= index, "configuration before {}", index);
    return placed.get(at);
  }

  /** Whether the replica votes in the newest at or below an index, or in one behind that. */
  public boolean isVoter(int replicaId, long index) {
    for (int at = placed.size() - 1; at >= 0; at--) {
      GroupConfig config = placed.get(at).config();
      if (config.voters().contains(replicaId) || config.outgoing().contains(replicaId)) {
        return true;
      }
      if (placed.get(at).index() <= index) {
        return false;
      }
    }
    return false;
  }

  /** Whether {@link #atOrBelow} knows the answer. */
  public boolean isKnownAt(long index) {
    return placed.get(0).index() <= index;
  }

  /** Begins anew. */
  public void reset(long index, GroupConfig config) {
    placed.clear();
    placed.add(new Placed(index, config));
  }

  /** How many are behind this index. */
  public int countBehind(long index) {
    int count = 0;
    for (int at = placed.size() - 1; at >= 0 && placed.get(at).index() > index; at--) {
      count++;
    }
    return count;
  }

  /**
   * Takes the next one.
   *
   * @param commitIndex what is older than the newest at or below it is forgotten
   */
  public void append(long index, GroupConfig config, long commitIndex) {
    Invariant.check(index > newest().index(), "configuration {} after {}", index, newest().index());
    while (placed.size() > 1 && placed.get(1).index() <= commitIndex) {
      placed.remove(0);
    }
    placed.add(new Placed(index, config));
  }

  /** The log is cut from this index on; returns whether another one is in force now. */
  public boolean truncateFrom(long index) {
    boolean changed = false;
    while (newest().index() >= index) {
      Invariant.check(placed.size() > 1, "configuration {} is committed", newest().index());
      placed.remove(placed.size() - 1);
      changed = true;
    }
    return changed;
  }
}
