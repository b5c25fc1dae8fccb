// SPDX-License-Identifier: Apache-2.0
import com.google.gson.JsonParser;
import com.google.protobuf.ByteString;
import dev.almadia.client.AlmadiaClient;
import dev.almadia.client.ProducerOptions;
import dev.almadia.client.Stretch;
import dev.almadia.client.micrometer.ProducerMetrics;
import dev.almadia.v1.Codec;
import dev.almadia.v1.CreateTopicRequest;
import dev.almadia.v1.Record;
import dev.almadia.v1.Topic;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * Produces a file of events, compressed, and reads them back, with the Java client.
 *
 * <p>usage: java -cp CLASS-PATH examples/java/Orders.java HOST:PORT TOPIC FILE
 */
public final class Orders {
  private static final int PARTITIONS = 3;

  public static void main(String[] args) throws Exception {
    Map<ByteString, List<ByteString>> sent = new HashMap<>();
    List<Record> records = new ArrayList<>();
    for (String line : Files.readAllLines(Path.of(args[2]))) {
      var event = JsonParser.parseString(line).getAsJsonObject();
      ByteString key = ByteString.copyFromUtf8(event.get("key").getAsString());
      ByteString value = ByteString.copyFromUtf8(event.get("value").toString());
      sent.computeIfAbsent(key, k -> new ArrayList<>()).add(value);
      records.add(Record.newBuilder().setKey(key).setValue(value).build());
    }
    try (var client = AlmadiaClient.connect(args[0])) {
      Topic topic = Topic.newBuilder().setTopic(args[1]).setPartitions(PARTITIONS).build();
      client.admin().createTopic(CreateTopicRequest.newBuilder().setTopic(topic).build());
      AtomicLongArray ends = produce(client, args[1], records);
      if (!read(client, args[1], ends).equals(sent)) {
        throw new AssertionError("what came back is not what was sent");
      }
    }
    System.out.printf(
        "java: %d events of %d keys produced and read, each key's events in order%n",
        records.size(), sent.size());
  }

  /** Returns the end of each partition. */
  private static AtomicLongArray produce(AlmadiaClient client, String topic, List<Record> records) {
    AtomicLongArray ends = new AtomicLongArray(PARTITIONS);
    var meters = new SimpleMeterRegistry();
    var options =
        ProducerOptions.defaults()
            .withCompression(Codec.CODEC_ZSTD)
            .withListener(new ProducerMetrics(meters));
    try (var producer = client.producer(topic, options)) {
      for (Record record : records) {
        // No partition: each record goes where its key belongs.
        producer
            .send(record)
            .whenComplete(
                (place, failure) -> {
                  if (failure != null) {
                    System.err.println(failure);
                  } else {
                    ends.accumulateAndGet(place.partition(), place.offset() + 1, Math::max);
                  }
                });
      }
      producer.flush(Duration.ofSeconds(30));
    }
    double applied =
        meters.get("almadia.producer.records").tag("outcome", "applied").counter().count();
    if (applied != records.size()) {
      throw new AssertionError(applied + " of " + records.size() + " were acknowledged");
    }
    return ends;
  }

  private static Map<ByteString, List<ByteString>> read(
      AlmadiaClient client, String topic, AtomicLongArray ends) {
    List<Stretch> stretches = new ArrayList<>();
    for (int partition = 0; partition < PARTITIONS; partition++) {
      stretches.add(new Stretch(partition, 0, ends.get(partition)));
    }
    Map<ByteString, List<ByteString>> got = new HashMap<>();
    try (var subscription = client.subscribe(topic, stretches)) {
      while (!subscription.isDone()) {
        var chunk = subscription.poll(Duration.ofSeconds(1));
        if (chunk != null) {
          for (var each : chunk.records()) {
            got.computeIfAbsent(each.record().getKey(), k -> new ArrayList<>())
                .add(each.record().getValue());
          }
        }
      }
    }
    return got;
  }
}
