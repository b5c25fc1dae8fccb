// SPDX-License-Identifier: Apache-2.0
package dev.almadia.simulation.fault;

import dev.almadia.simulation.kernel.SimRandom;
import java.util.ArrayList;
import java.util.List;

/**
 * What faults may happen to.
 *
 * @param brokers how many; their ids start at 1
 * @param clients how many clients run while there are faults; their ids go down from -1
 * @param victims brokers that may be harmed for good, ascending: so few that each group keeps a
 *     majority without them; may be empty
 */
public record FaultShape(int brokers, int clients, List<Integer> victims) {
  /** Copies. */
  public FaultShape {
    victims = List.copyOf(victims);
  }

  /**
   * Draws as many victims as there may be.
   *
   * @param replicasMin the fewest replicas that any partition has or will have: with topics of one
   *     or two replicas there are no victims
   */
  public static FaultShape draw(SimRandom random, int brokers, int clients, int replicasMin) {
    int most = (Math.min(brokers, replicasMin) - 1) / 2;
    FaultShape all = new FaultShape(brokers, clients, List.of());
    return new FaultShape(brokers, clients, all.some(random, most));
  }

  /** Ids of all brokers. */
  public List<Integer> all() {
    List<Integer> ids = new ArrayList<>();
    for (int id = 1; id <= brokers; id++) {
      ids.add(id);
    }
    return ids;
  }

  /** Ids of all clients. */
  public List<Integer> allClients() {
    List<Integer> ids = new ArrayList<>();
    for (int client = 1; client <= clients; client++) {
      ids.add(-client);
    }
    return ids;
  }

  /** The smallest number of brokers that is more than half of them. */
  public int majority() {
    return brokers / 2 + 1;
  }

  /** One broker. */
  public int one(SimRandom random) {
    return 1 + random.below(brokers);
  }

  /** All brokers in some order. */
  public List<Integer> shuffled(SimRandom random) {
    List<Integer> left = all();
    List<Integer> order = new ArrayList<>();
    while (!left.isEmpty()) {
      order.add(left.remove(random.below(left.size())));
    }
    return order;
  }

  /** So many brokers, ascending. */
  public List<Integer> some(SimRandom random, int count) {
    return shuffled(random).subList(0, count).stream().sorted().toList();
  }

  /** Two brokers, in some order; there must be two. */
  public List<Integer> two(SimRandom random) {
    return shuffled(random).subList(0, 2);
  }

  /** Brokers as people write them: {@code b1,b3}. */
  public static String text(List<Integer> ids) {
    return String.join(",", ids.stream().map(FaultShape::text).toList());
  }

  /** A broker or client as people write it. */
  public static String text(int id) {
    return id > 0 ? "b" + id : "c" + -id;
  }
}
