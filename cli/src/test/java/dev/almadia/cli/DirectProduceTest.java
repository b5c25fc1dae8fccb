// SPDX-License-Identifier: Apache-2.0
package dev.almadia.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.almadia.client.Acknowledged;
import dev.almadia.client.AlmadiaClient;
import dev.almadia.client.Producer;
import dev.almadia.client.ProducerOptions;
import dev.almadia.client.Stretch;
import dev.almadia.client.Subscription;
import dev.almadia.v1.Codec;
import dev.almadia.v1.CreateTopicRequest;
import dev.almadia.v1.Record;
import dev.almadia.v1.Topic;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A producer that goes straight to the leaders, with three real brokers. */
@Timeout(120)
class DirectProduceTest {
  private static final int PARTITIONS = 6;
  private static final int KEYS = 50;

  @TempDir private static Path folder;

  @Test
  void keysKeepTheirPartitionAndTheirOrderWhileABrokerStops() throws Exception {
    DemoCluster cluster = new DemoCluster(folder);
    for (int id = 1; id <= DemoCluster.BROKERS; id++) {
      cluster.start(id);
    }
    try (AlmadiaClient client = AlmadiaClient.connect(cluster.servers())) {
      Topic topic = Topic.newBuilder().setTopic("keys").setPartitions(PARTITIONS).build();
      client.admin().createTopic(CreateTopicRequest.newBuilder().setTopic(topic).build());
      ProducerOptions plain =
          ProducerOptions.defaults().withoutIdempotence().withBatchBytes(500).withResend(true);
      ProducerOptions direct = plain.withDirect(true).withCompression(Codec.CODEC_LZ4);

      Map<Integer, Integer> brokersChose = partitions(client, plain, 0, 1_000, () -> {});
      Map<Integer, Integer> wasHashedHere =
          partitions(client, direct, 1_000, 20_000, () -> cluster.kill(3));

      assertThat(wasHashedHere).isEqualTo(brokersChose).hasSize(KEYS);
      Map<String, List<Integer>> read = firstSeen(client);
      for (int key = 0; key < KEYS; key++) {
        int first = key;
        assertThat(read.get("k" + key))
            .hasSize(20_000 / KEYS)
            .isSorted()
            .allMatch(number -> number % KEYS == first);
      }
    } finally {
      cluster.stop();
    }
  }

  /** Sends numbers, and in the middle does something; returns the partition of each key. */
  private static Map<Integer, Integer> partitions(
      AlmadiaClient client, ProducerOptions options, int from, int to, Runnable inTheMiddle) {
    List<CompletableFuture<Acknowledged>> acknowledged = new ArrayList<>();
    try (Producer producer = client.producer("keys", options)) {
      for (int number = from; number < to; number++) {
        if (number == (from + to) / 2) {
          inTheMiddle.run();
        }
        acknowledged.add(producer.send(record(number)));
      }
      assertThat(producer.flush(Duration.ofSeconds(60))).isTrue();
    }
    Map<Integer, Integer> partitions = new TreeMap<>();
    for (int i = 0; i < acknowledged.size(); i++) {
      int partition = acknowledged.get(i).join().partition();
      Integer before = partitions.put((from + i) % KEYS, partition);
      assertThat(before).isIn(null, partition);
    }
    return partitions;
  }

  /** The numbers of each key in the order of the log, without those that were sent again. */
  private static Map<String, List<Integer>> firstSeen(AlmadiaClient client) {
    List<Stretch> stretches = new ArrayList<>();
    for (int partition = 0; partition < PARTITIONS; partition++) {
      long end = client.admin().getPartition("keys", partition).getHighWatermark();
      stretches.add(new Stretch(partition, 0, end));
    }
    Set<Integer> seen = new HashSet<>();
    Map<String, List<Integer>> read = new HashMap<>();
    try (Subscription subscription = client.subscribe("keys", stretches)) {
      while (!subscription.isDone()) {
        Subscription.Chunk chunk = subscription.poll(Duration.ofSeconds(20));
        if (chunk != null) {
          chunk
              .records()
              .forEach(
                  each -> {
                    int number = Integer.parseInt(each.record().getValue().toStringUtf8());
                    if (seen.add(number)) {
                      read.computeIfAbsent(
                              each.record().getKey().toStringUtf8(), key -> new ArrayList<>())
                          .add(number);
                    }
                  });
        }
      }
    }
    return read;
  }

  private static Record record(int number) {
    return Record.newBuilder()
        .setKey(ByteString.copyFromUtf8("k" + number % KEYS))
        .setValue(ByteString.copyFromUtf8(String.valueOf(number)))
        .build();
  }
}
