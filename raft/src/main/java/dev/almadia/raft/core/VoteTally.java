// SPDX-License-Identifier: Apache-2.0
package dev.almadia.raft.core;

import java.util.Arrays;

/** Answers to the present campaign. The first answer of a broker counts, however often it comes. */
final class VoteTally {
  private int[] brokers = new int[0];
  private int[] votes = new int[0];
  private int count;

  void clear() {
    count = 0;
  }

  void record(int brokerId, boolean granted) {
    if (of(brokerId) != 0) {
      return;
    }
    if (count == brokers.length) {
      brokers = Arrays.copyOf(brokers, count + 4);
      votes = Arrays.copyOf(votes, count + 4);
    }
    brokers[count] = brokerId;
    votes[count] = granted ? 1 : -1;
    count++;
  }

  /** 1 for yes, -1 for no, 0 for no answer. */
  int of(int brokerId) {
    for (int i = 0; i < count; i++) {
      if (brokers[i] == brokerId) {
        return votes[i];
      }
    }
    return 0;
  }
}
