// SPDX-License-Identifier: Apache-2.0
package dev.almadia.simulation.fault;

/**
 * A direction between two hosts: brokers are positive, clients negative.
 *
 * @param from who sends
 * @param to who receives
 */
record Way(int from, int to) implements Comparable<Way> {
  @Override
  public int compareTo(Way other) {
    int byFrom = Integer.compare(from, other.from);
    return byFrom != 0 ? byFrom : Integer.compare(to, other.to);
  }
}
