// SPDX-License-Identifier: Apache-2.0
package dev.almadia.raft.core;

import java.util.Arrays;

/**
 * Answers to the present campaign. The first answer of a replica counts, however often it comes.
 */
final class VoteTally {
  private int[] replicas = new int[0];
  private int[] votes = new int[0];
  private int count;

  void clear() {
    count = 0;
  }

  void record(int replicaId, boolean granted) {
    if (of(replicaId) != 0) {
      return;
    }
    if (count == replicas.length) {
      replicas = Arrays.copyOf(replicas, count + 4);
      votes = Arrays.copyOf(votes, count + 4);
    }
    replicas[count] = replicaId;
    votes[count] = granted ? 1 : -1;
    count++;
  }

  /** 1 for yes, -1 for no, 0 for no answer. */
  int of(int replicaId) {
    for (int i = 0; i < count; i++) {
      if (replicas[i] == replicaId) {
        return votes[i];
      }
    }
    return 0;
  }
}
