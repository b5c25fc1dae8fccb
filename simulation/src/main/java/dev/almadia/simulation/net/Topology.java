// SPDX-License-Identifier: Apache-2.0
package dev.almadia.simulation.net;

import java.util.List;
import java.util.function.BiPredicate;

/**
 * Which brokers hear which: the awkward shapes in which Raft has failed elsewhere. Each replaces
 * the cuts among the given brokers and leaves those of others, of clients above all, alone.
 */
public final class Topology {
  private final SimNetwork network;
  private final List<Integer> brokers;

  /** Shapes of these brokers. */
  public Topology(SimNetwork network, List<Integer> brokers) {
    this.network = network;
    this.brokers = List.copyOf(brokers);
  }

  /** One broker neither hears nor is heard. */
  public void isolate(int broker) {
    shape((from, to) -> from != broker && to != broker);
  }

  /** These on one side, all others on the other. */
  public void split(List<Integer> side) {
    shape((from, to) -> side.contains(from) == side.contains(to));
  }

  /** Two sides as equal as can be, in this order. */
  public void halves(List<Integer> order) {
    split(order.subList(0, order.size() / 2));
  }

  /** The first of this order on one side, as few as leave a majority on the other. */
  public void majority(List<Integer> order) {
    split(order.subList(0, (order.size() - 1) / 2));
  }

  /** These and the others do not hear each other, but the bridge hears all and is heard by all. */
  public void bridge(List<Integer> side, int bridge) {
    shape((from, to) -> from == bridge || to == bridge || side.contains(from) == side.contains(to));
  }

  /** Each hears only its two neighbours, in this order. */
  public void ring(List<Integer> order) {
    shape(
        (from, to) -> {
          int apart = Math.abs(order.indexOf(from) - order.indexOf(to));
          return apart == 1 || apart == order.size() - 1;
        });
  }

  /** All hear only the hub, and the hub all. */
  public void star(int hub) {
    shape((from, to) -> from == hub || to == hub);
  }

  /** One is heard, but hears nobody. */
  public void deaf(int broker) {
    shape((from, to) -> to != broker);
  }

  /** One hears all, but is not heard. */
  public void mute(int broker) {
    shape((from, to) -> from != broker);
  }

  /** Each way is open or not as the predicate of (from, to) says. */
  public void shape(BiPredicate<Integer, Integer> isOpen) {
    for (int from : brokers) {
      for (int to : brokers) {
        if (from == to) {
          continue;
        }
        if (isOpen.test(from, to)) {
          network.open(from, to);
        } else {
          network.cut(from, to);
        }
      }
    }
  }

  /** All hear each other. */
  public void whole() {
    shape((from, to) -> true);
  }
}
