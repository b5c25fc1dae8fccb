// SPDX-License-Identifier: Apache-2.0
package dev.almadia.cli;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import dev.almadia.v1.Broker;
import dev.almadia.v1.Partition;
import dev.almadia.v1.ReplicaState;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.ToDoubleFunction;

/** Two samples as tables or as JSON: the later one, with rates since the earlier one. */
final class TopView {
  /** What partitions are ordered by. */
  enum Order {
    rate,
    lag,
    name
  }

  private final TopSample now;
  private final Map<Long, Double> rates;
  private final Order order;

  TopView(TopSample before, TopSample now, Order order) {
    this.now = now;
    this.rates = now.ratesSince(before);
    this.order = order;
  }

  /** The line above the tables. */
  String heading() {
    long reachable = now.brokers().stream().filter(Broker::getReachable).count();
    long leaderless = now.partitions().stream().filter(p -> p.getLeaderBrokerId() == 0).count();
    long topics = now.partitions().stream().map(Partition::getTopic).distinct().count();
    return Units.instant(now.epochMs())
        + "  "
        + reachable
        + "/"
        + now.brokers().size()
        + " brokers, "
        + Units.count(topics)
        + " topics, "
        + Units.count(now.partitions().size())
        + " partitions"
        + (leaderless == 0 ? "" : " (" + leaderless + " WITHOUT LEADER)")
        + ", "
        + rate(rates.values().stream().mapToDouble(r -> r).sum())
        + " records/s";
  }

  /** Heading, brokers, and the first partitions, together at most so many lines. */
  String text(int linesMax) {
    StringBuilder out = new StringBuilder(heading()).append("\n\n");
    out.append(brokers().render()).append('\n');
    int used = now.brokers().size() + 5;
    out.append(partitions(Math.max(1, linesMax - used)).render());
    return out.toString();
  }

  private Table brokers() {
    Map<Integer, Double> byLeader = new HashMap<>();
    for (Partition partition : now.partitions()) {
      byLeader.merge(partition.getLeaderBrokerId(), rateOf(partition), Double::sum);
    }
    Table table =
        new Table(
            "BROKER",
            "ZONE",
            "STATE",
            "REACHABLE",
            "LEADERS",
            "REPLICAS",
            "RECORDS/S",
            "LOGS",
            "FREE");
    for (Broker broker : now.brokers()) {
      table.row(
          broker.getBrokerId(),
          BrokersCommand.orDash(broker.getZone()),
          BrokersCommand.state(broker.getState()),
          broker.getReachable() ? "yes" : "NO",
          broker.getLeaders(),
          broker.getReplicas(),
          rate(byLeader.getOrDefault(broker.getBrokerId(), 0.0)),
          BrokersCommand.known(broker.getLogBytes()),
          BrokersCommand.known(broker.getFreeBytes()));
    }
    return table;
  }

  private Table partitions(int rowsMax) {
    Table table =
        new Table("TOPIC", "PARTITION", "LEADER", "HIGH WATERMARK", "RECORDS/S", "LAG", "REPLICAS");
    List<Partition> sorted = sorted();
    for (Partition partition : sorted.subList(0, Math.min(rowsMax, sorted.size()))) {
      List<String> replicas = new ArrayList<>();
      partition.getReplicasList().forEach(r -> replicas.add(PartitionsCommand.shortState(r)));
      table.row(
          partition.getTopic(),
          partition.getPartition(),
          partition.getLeaderBrokerId() == 0 ? "none" : partition.getLeaderBrokerId(),
          partition.getHighWatermark(),
          rate(rateOf(partition)),
          lag(partition),
          String.join(" ", replicas));
    }
    return table;
  }

  private List<Partition> sorted() {
    Comparator<Partition> byName =
        Comparator.comparing(Partition::getTopic).thenComparing(Partition::getPartition);
    List<Partition> sorted = new ArrayList<>(now.partitions());
    switch (order) {
      case name -> sorted.sort(byName);
      case rate -> sorted.sort(falling(this::rateOf).thenComparing(byName));
      case lag -> sorted.sort(falling(TopView::lag).thenComparing(byName));
    }
    return sorted;
  }

  private static Comparator<Partition> falling(ToDoubleFunction<Partition> value) {
    return Comparator.comparingDouble(value).reversed();
  }

  private double rateOf(Partition partition) {
    return rates.getOrDefault(partition.getGroupId(), 0.0);
  }

  private static long lag(Partition partition) {
    return partition.getReplicasList().stream()
        .mapToLong(ReplicaState::getLagEntries)
        .max()
        .orElse(0);
  }

  private static String rate(double perSecond) {
    return perSecond < 10
        ? String.format(Locale.ROOT, "%.1f", perSecond)
        : Units.count(Math.round(perSecond));
  }

  /** The messages of the API with the rates. */
  JsonObject json() {
    JsonObject tree = new JsonObject();
    tree.addProperty("timeMs", String.valueOf(now.epochMs()));
    JsonArray brokers = new JsonArray();
    now.brokers().forEach(broker -> brokers.add(Json.of(broker)));
    tree.add("brokers", brokers);
    JsonArray partitions = new JsonArray();
    for (Partition partition : sorted()) {
      JsonObject item = Json.of(partition).getAsJsonObject();
      item.addProperty("recordsPerSecond", rateOf(partition));
      partitions.add(item);
    }
    tree.add("partitions", partitions);
    return tree;
  }
}
