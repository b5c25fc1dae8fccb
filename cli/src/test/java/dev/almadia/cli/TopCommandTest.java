// SPDX-License-Identifier: Apache-2.0
package dev.almadia.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.almadia.v1.Partition;
import dev.almadia.v1.ReplicaRole;
import dev.almadia.v1.ReplicaState;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The live table: rates from two samples, and what it does to a terminal. */
@Timeout(60)
class TopCommandTest {
  private static final long SECOND = 1_000_000_000L;

  private static Partition partition(String topic, int number, int leader, long end, long lag) {
    return Partition.newBuilder()
        .setTopic(topic)
        .setPartition(number)
        .setGroupId(topic.hashCode() * 10L + number)
        .setLeaderBrokerId(leader)
        .setHighWatermark(end)
        .addReplicas(
            ReplicaState.newBuilder()
                .setBrokerId(1)
                .setRole(ReplicaRole.REPLICA_ROLE_LEADER)
                .setReachable(true))
        .addReplicas(
            ReplicaState.newBuilder()
                .setBrokerId(2)
                .setRole(ReplicaRole.REPLICA_ROLE_FOLLOWER)
                .setReachable(true)
                .setLagEntries(lag))
        .build();
  }

  private static TopSample sample(long seconds, Partition... partitions) {
    return new TopSample(
        1_764_000_000_000L + seconds * 1000,
        seconds * SECOND,
        List.of(
            FakeMembership.broker(1).build(), FakeMembership.broker(2).setReachable(false).build()),
        List.of(partitions));
  }

  private static final TopSample BEFORE =
      sample(0, partition("clicks", 0, 1, 100, 0), partition("orders", 0, 2, 5_000, 0));
  private static final TopSample NOW =
      sample(
          2,
          partition("clicks", 0, 1, 117, 40),
          partition("orders", 0, 2, 9_000, 3),
          partition("orders", 1, 0, 77, 0));

  @Test
  void ratesAreThoseBetweenTwoSamples() {
    assertThat(new TopView(BEFORE, NOW, TopView.Order.rate).text(40))
        .isEqualTo(
            """
            2025-11-24T16:00:02Z  1/2 brokers, 2 topics, 3 partitions (1 WITHOUT LEADER), 2,009 records/s

            BROKER  ZONE  STATE   REACHABLE  LEADERS  REPLICAS  RECORDS/S  LOGS     FREE
                 1  z1    active  yes              2         6        8.5  3.0 MiB  50.0 GiB
                 2  z2    active  NO               2         6      2,000  3.0 MiB  50.0 GiB

            TOPIC   PARTITION  LEADER  HIGH WATERMARK  RECORDS/S  LAG  REPLICAS
            orders          0  2                 9000      2,000    3  1L 2f
            clicks          0  1                  117        8.5   40  1L 2f
            orders          1  none                77        0.0    0  1L 2f
            """);
  }

  @Test
  void partitionsAreOrderedByLagOrNameToo() {
    assertThat(new TopView(BEFORE, NOW, TopView.Order.lag).text(40).lines().skip(7))
        .first()
        .asString()
        .startsWith("clicks");
    assertThat(new TopView(BEFORE, NOW, TopView.Order.name).text(40).lines().skip(7))
        .extracting(line -> line.substring(0, 17).replaceAll(" +", " "))
        .containsExactly("clicks 0", "orders 0", "orders 1");
  }

  @Test
  void aPageThatIsTooLongLosesItsLastPartitions() {
    assertThat(new TopView(BEFORE, NOW, TopView.Order.rate).text(8).lines()).hasSize(8);
  }

  @Test
  void anEndThatFellBackIsNoNegativeRate() {
    TopSample later = sample(3, partition("orders", 0, 2, 10, 0));
    assertThat(later.ratesSince(NOW).values()).containsOnly(0.0);
    assertThat(later.ratesSince(later).values()).containsOnly(0.0);
  }

  @Test
  void onceIsOneTableOrOneDocument() throws Exception {
    try (FakeCluster cluster = new FakeCluster()) {
      cluster.shownPartitions.put("orders/0", partition("orders", 0, 1, 5, 0));
      Cli cli = new Cli(cluster);
      String table = cli.run("top --once --interval 100ms").succeeds().out();
      assertThat(table).contains("3/3 brokers, 1 topics, 1 partitions").doesNotContain("\u001b");
      JsonObject tree =
          JsonParser.parseString(cli.run("top --once --interval 100ms -o json").succeeds().out())
              .getAsJsonObject();
      assertThat(tree.getAsJsonArray("brokers")).hasSize(3);
      assertThat(
              tree.getAsJsonArray("partitions")
                  .get(0)
                  .getAsJsonObject()
                  .get("recordsPerSecond")
                  .getAsDouble())
          .isZero();
      cli.run("top --interval 1ms").refuses(ExitCode.USAGE, "--interval must be from 100ms to 1h");
      cli.run("top --sort size").refuses(ExitCode.USAGE, "--sort", "rate");
    }
  }

  @Test
  void withoutABrokerThereIsNoTable() throws Exception {
    FakeCluster gone = new FakeCluster();
    gone.close();
    new Cli(gone)
        .run("top --once --timeout 300ms")
        .refuses(ExitCode.UNAVAILABLE, "no broker answers");
  }

  /** A terminal on which q is pressed; the tests have none, so keys cannot be asked for. */
  private static Console terminal(ByteArrayOutputStream out) {
    return new Console(
        new ByteArrayInputStream(new byte[0]),
        new PrintStream(out, false, StandardCharsets.UTF_8),
        new PrintStream(new ByteArrayOutputStream(), true, StandardCharsets.UTF_8),
        Map.of(),
        false,
        true,
        true);
  }

  @Test
  void theTerminalIsGivenBackOnceHoweverOftenItIsClosed() {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    Screen screen = Screen.open(terminal(out));
    assertThat(screen.draw("a\n" + "x".repeat(500) + "\nc")).isTrue();
    screen.close();
    screen.close();
    String text = out.toString(StandardCharsets.UTF_8);
    assertThat(text).startsWith(Screen.ENTER).endsWith(Screen.LEAVE);
    assertThat(text.split("\u001b\\[\\?1049l", -1)).hasSize(2);
    List<String> lines = new ArrayList<>(List.of(text.split("\r\n")));
    assertThat(lines.get(1).replaceAll("\u001b\\[.*", "")).as("cut").hasSizeLessThan(500);
  }
}
