// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.core.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import dev.almadia.broker.core.Images;
import dev.almadia.broker.core.topics.Decision;
import dev.almadia.v1.Operation;
import org.junit.jupiter.api.Test;

/** What an operation that waits says, and what would help. */
class BlockersTest {
  private final ToyCluster cluster = new ToyCluster(1, 3);

  @Test
  void aDecommissionThatCannotGoOnAnyMoreSaysSoInOneLineWithWhatWouldHelp() {
    cluster.register(4, true);
    cluster.image = Images.with(cluster.image, "orders", 4, 3);
    decommission(4);
    cluster.kill(3);

    Operation operation = running();

    assertThat(operation.getMessage())
        .startsWith("waits: topics/orders/partitions/")
        .contains("more: it is to have 3 replicas, and only brokers [")
        .contains("bring back one of [3], or add 1 broker with --join")
        .contains("topics alter orders --replication-factor 2")
        .doesNotContain("\n");
    assertThat(operation.getBlockersList())
        .anyMatch(one -> one.getCode().equals("NOT_ENOUGH_BROKERS"));
    cluster.register(5, true);

    assertThat(running().getMessage()).isEmpty();
  }

  /** It is where it was before, and nothing of the move was begun (seed 625029 of members). */
  @Test
  void aPartitionThatCannotGrowBecauseItsBrokerGoesSaysThatThereAreTooFew() {
    cluster.image = Images.with(cluster.image, "orders", 1, 1);
    int holder = cluster.image.topic("orders").partitions().get(0).replicas().get(0);
    // Each is possible without the other.
    Decision<Order> grow = orders().replication("orders", 3);
    Decision<Order> leave = orders().decommission(holder);
    accept(leave);
    accept(grow);

    assertThat(Operations.list(cluster.image, cluster.facts(), true))
        .hasSize(2)
        .allSatisfy(
            operation ->
                assertThat(operation.getBlockersList())
                    .anyMatch(one -> one.getCode().equals("NOT_ENOUGH_BROKERS")));
  }

  @Test
  void whatGoesAwayByItselfIsNoObstacle() {
    cluster.register(4, true);
    cluster.image = Images.with(cluster.image, "orders", 4, 3);
    decommission(4);

    assertThat(running().getBlockersList()).isNotEmpty();
    assertThat(running().getMessage()).isEmpty();
  }

  private void decommission(int broker) {
    accept(orders().decommission(broker));
  }

  private Orders orders() {
    return new Orders(cluster.image, cluster.facts(), new Orders.Caller("test", 0));
  }

  private void accept(Decision<Order> decision) {
    assertThat(decision).isInstanceOf(Decision.Accepted.class);
    cluster.apply(((Decision.Accepted<Order>) decision).value().command());
  }

  private Operation running() {
    return Operations.list(cluster.image, cluster.facts(), true).get(0);
  }
}
