// SPDX-License-Identifier: Apache-2.0
package dev.almadia.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;
import dev.almadia.client.AlmadiaClient;
import dev.almadia.client.PreparedBatch;
import dev.almadia.client.ProducerOptions;
import dev.almadia.client.Stretch;
import dev.almadia.client.Subscription;
import dev.almadia.v1.Codec;
import dev.almadia.v1.FetchRequest;
import dev.almadia.v1.Position;
import dev.almadia.v1.Record;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Compression as users meet it: the command and the client against three real brokers. */
@Timeout(120)
class CompressedTopicTest {
  @TempDir private static Path folder;
  private static DemoCluster cluster;

  @BeforeAll
  static void start() throws Exception {
    cluster = new DemoCluster(folder);
    for (int id = 1; id <= DemoCluster.BROKERS; id++) {
      cluster.start(id);
    }
    assertThat(run("", "cluster", "health", "--wait").exitCode()).isZero();
  }

  @AfterAll
  static void stop() {
    cluster.stop();
  }

  @ParameterizedTest
  @CsvSource({"gzip, lz4", "lz4, zstd", "zstd, gzip"})
  void aTopicThatDemandsACodecTakesItAndIsReadByEverybody(String codec, String other) {
    String topic = "only-" + codec;
    String lines = String.join("\n", IntStream.range(0, 5_000).mapToObj(i -> "line " + i).toList());

    assertThat(
            run(
                    "",
                    "topics",
                    "create",
                    topic,
                    "--partitions",
                    "3",
                    "--config",
                    "compression=" + codec)
                .exitCode())
        .isZero();
    Cli.Run plain = run("x", "produce", topic);
    Cli.Run wrong = run("x", "produce", topic, "--compression", other);
    Cli.Run right = run(lines, "produce", topic, "-p", "1", "--compression", codec);
    Cli.Run routed =
        run("a:1\nb:2\nc:3\nd:4", "produce", topic, "--key-separator", ":", "--compression", codec);
    Cli.Run read = run("", "consume", topic, "-p", "1", "-O", "start:5000", "-f", "%v\\n");
    Cli.Run all = run("", "consume", topic, "-O", "start", "--until-end", "-f", "%k%v\\n");

    assertThat(plain.err()).contains("takes batches with " + codec + " only", "CODEC_NOT_ALLOWED");
    assertThat(plain.exitCode()).isNotZero();
    assertThat(wrong.err()).contains("compressed with " + other);
    assertThat(right.exitCode()).as(right.err()).isZero();
    assertThat(routed.exitCode()).as(routed.err()).isZero();
    assertThat(read.out()).isEqualTo(lines + "\n");
    assertThat(all.out().lines()).hasSize(5_004).contains("a1", "b2", "c3", "d4");
    assertThat(run("", "topics", "describe", topic).out()).containsPattern("compression *" + codec);
    assertThat(run("", "partitions", "verify", topic, "-p", "1").exitCode()).isZero();
    assertThat(run("", "topics", "alter", topic, "--config", "compression=any").exitCode())
        .isZero();
    // The leader hears of it a moment later.
    await().until(() -> run("x", "produce", topic).exitCode() == ExitCode.OK);
  }

  @Test
  void wrongNamesAreOneLine() {
    run("x", "produce", "t", "--compression", "snappy")
        .refuses(ExitCode.USAGE, "'gzip', 'lz4' or 'zstd'", "snappy");
    run("", "topics", "create", "t", "--config", "compression=brotli")
        .refuses(ExitCode.USAGE, "'any', 'none', 'gzip', 'lz4' or 'zstd'", "brotli");
  }

  @Test
  void clientsMixCodecsInOnePartitionAndReadStretchesOfIt() throws Exception {
    assertThat(run("", "topics", "create", "mixed").exitCode()).isZero();
    List<Codec> codecs =
        List.of(Codec.CODEC_ZSTD, Codec.CODEC_UNSPECIFIED, Codec.CODEC_GZIP, Codec.CODEC_LZ4);
    List<String> sent = new ArrayList<>();
    try (AlmadiaClient client = AlmadiaClient.connect(cluster.servers())) {
      for (Codec codec : codecs) {
        ProducerOptions options =
            ProducerOptions.defaults().withBatchBytes(10_000).withCompression(codec);
        try (var producer = client.producer("mixed", options)) {
          for (int i = 0; i < 2_000; i++) {
            String value = codec + " " + i;
            sent.add(value);
            var unused = producer.send(record(value), 0);
          }
          assertThat(producer.flush(Duration.ofSeconds(30))).isTrue();
          sent.add("made");
          var acknowledged =
              producer
                  .sendBatch(PreparedBatch.of(List.of(record("made")), codec), 0)
                  .get(20, TimeUnit.SECONDS);
          assertThat(acknowledged.getResults(0).getFirstOffset()).isEqualTo(sent.size() - 1);
        }
      }
      for (int from : new int[] {0, 1, 1_234, 2_001, 5_555, 8_003}) {
        int to = Math.min(sent.size(), from + 1_700);
        List<String> read = new ArrayList<>();
        for (long at = from; at < to; ) {
          var fetched =
              client
                  .reader()
                  .fetch(
                      FetchRequest.newBuilder()
                          .setTopic("mixed")
                          .setPosition(Position.newBuilder().setOffset(at))
                          .setMaxRecords((int) (to - at))
                          .build());
          fetched.records().forEach(each -> read.add(each.record().getValue().toStringUtf8()));
          at = fetched.nextOffset();
        }
        assertThat(read).isEqualTo(sent.subList(from, to));
        assertThat(subscribed(client, from, to)).isEqualTo(sent.subList(from, to));
      }
    }
  }

  private static List<String> subscribed(AlmadiaClient client, long from, long to) {
    List<String> read = new ArrayList<>();
    try (var subscription = client.subscribe("mixed", List.of(new Stretch(0, from, to)))) {
      while (!subscription.isDone()) {
        Subscription.Chunk chunk = subscription.poll(Duration.ofSeconds(20));
        if (chunk != null) {
          chunk.records().forEach(each -> read.add(each.record().getValue().toStringUtf8()));
        }
      }
    }
    return read;
  }

  private static Record record(String value) {
    return Record.newBuilder().setValue(ByteString.copyFromUtf8(value)).build();
  }

  private static Cli.Run run(String input, String... args) {
    List<String> all = new ArrayList<>(List.of(args));
    all.addAll(List.of("--server", cluster.servers()));
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    Console console =
        new Console(
            new ByteArrayInputStream(input.getBytes(StandardCharsets.UTF_8)),
            new PrintStream(out, false, StandardCharsets.UTF_8),
            new PrintStream(err, true, StandardCharsets.UTF_8),
            Map.of(),
            false,
            false,
            false);
    int exitCode = Main.run(console, all.toArray(String[]::new));
    return new Cli.Run(
        exitCode, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
  }
}
