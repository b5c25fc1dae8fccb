// SPDX-License-Identifier: Apache-2.0
import com.google.gson.JsonParser;
import com.google.protobuf.ByteString;
import dev.almadia.client.AlmadiaClient;
import dev.almadia.client.ProducerOptions;
import dev.almadia.client.Stretch;
import dev.almadia.v1.CreateTopicRequest;
import dev.almadia.v1.Record;
import dev.almadia.v1.Topic;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * Produces a file of events with a producer that is ended in the middle; the next one of its name
 * goes on where it stood, and each event is there once.
 *
 * <p>usage: java -cp CLASS-PATH examples/java/OnlyOnce.java HOST:PORT[,HOST:PORT...] TOPIC FILE
 */
public final class OnlyOnce {
  public static void main(String[] args) throws Exception {
    List<ByteString> events = new ArrayList<>();
    for (String line : Files.readAllLines(Path.of(args[2]))) {
      var value = JsonParser.parseString(line).getAsJsonObject().get("value");
      events.add(ByteString.copyFromUtf8(value.toString()));
    }
    try (var client = AlmadiaClient.connect(args[0])) {
      Topic topic = Topic.newBuilder().setTopic(args[1]).setPartitions(1).build();
      client.admin().createTopic(CreateTopicRequest.newBuilder().setTopic(topic).build());
      long first = produce(client, args[1], events, events.size() / 2);
      // As another process would, after the first one died: it does not know how far that got.
      long second = produce(client, args[1], events, events.size());
      if (!read(client, args[1], events.size()).equals(events)) {
        throw new AssertionError("what is there is not what was sent");
      }
      System.out.printf(
          "java: %d events are there once each; the first producer began at %d, the next at %d%n",
          events.size(), first, second);
    }
  }

  /** Sends the events that are not there yet, up to one; returns with which it began. */
  private static long produce(
      AlmadiaClient client, String topic, List<ByteString> events, int until) {
    var options = ProducerOptions.defaults().withProducerId("orders-writer");
    try (var producer = client.producer(topic, options)) {
      // Sequences begin with 1, so this is also the number of events that are there.
      long done = producer.positions().get(0).getLastSequence();
      for (int i = (int) done; i < until; i++) {
        // What fails, fails all behind it: the next producer goes on in the right place.
        var unused = producer.send(Record.newBuilder().setValue(events.get(i)).build(), 0);
      }
      if (!producer.flush(Duration.ofSeconds(60))) {
        throw new IllegalStateException("not acknowledged within a minute");
      }
      return done;
    }
  }

  private static List<ByteString> read(AlmadiaClient client, String topic, long count) {
    List<ByteString> values = new ArrayList<>();
    try (var subscription = client.subscribe(topic, List.of(new Stretch(0, 0, count)))) {
      while (!subscription.isDone()) {
        var chunk = subscription.poll(Duration.ofSeconds(1));
        if (chunk != null) {
          chunk.records().forEach(each -> values.add(each.record().getValue()));
        }
      }
    }
    return values;
  }
}
