// SPDX-License-Identifier: Apache-2.0
package dev.almadia.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.almadia.client.Acknowledged;
import dev.almadia.client.AlmadiaClient;
import dev.almadia.client.ProducerOptions;
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
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Producers with a name, as users meet them: the command and the client against real brokers. */
@Timeout(180)
class IdempotentProduceTest {
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

  @Test
  void theSameInputAgainAddsOnlyWhatIsNotThere() {
    create("days", 3);
    String[] produce = {"produce", "days", "--key-separator", ":", "--idempotent", "import"};
    Cli.Run first = run(lines(0, 2_000), produce);
    Cli.Run again = run(lines(0, 2_500), with(produce, "--resume"));
    Cli.Run nothing = run(lines(0, 2_500), with(produce, "--resume"));
    Cli.Run more = run("k1:more", produce);

    assertThat(first.succeeds().err()).contains("2,000 records acknowledged,");
    assertThat(again.succeeds().err()).contains("500 records acknowledged, 2,000 left out");
    assertThat(nothing.succeeds().err()).contains("0 records acknowledged, 2,500 left out");
    assertThat(more.succeeds().err()).contains("has 2,500 records here from before");
    assertThat(values("days")).hasSize(2_501).doesNotHaveDuplicates().contains("v0", "more");
  }

  @Test
  void atomicInputIsOneBatchOrNothing() {
    create("whole", 3);
    String[] produce = {"produce", "whole", "--atomic"};
    Cli.Run first = run("a\nb\nc", with(produce, "--idempotent", "x", "--resume"));
    Cli.Run again = run("a\nb\nc", with(produce, "--idempotent", "x", "--resume"));
    Cli.Run other = run("a\nb\nc\nd", with(produce, "--idempotent", "x", "--resume"));
    Cli.Run apart = run("a:1\nb:1\nc:1\nd:1", with(produce, "--key-separator", ":"));
    Cli.Run big = run("x".repeat(1 << 20).concat("\n").repeat(4), produce);
    Cli.Run plain = run("e\nf", with(produce, "-p", "1"));

    assertThat(first.succeeds().err()).contains("3 records acknowledged");
    assertThat(again.succeeds().err()).contains("0 records acknowledged, 3 left out");
    other.refuses(ExitCode.FAILED, "3 records of producer 'x'", "not all of this input");
    apart.refuses(ExitCode.FAILED, "belongs to partition", "nothing was sent");
    big.refuses(ExitCode.FAILED, "--atomic", "above 3.0 MiB");
    assertThat(plain.succeeds().err()).contains("2 records acknowledged");
    assertThat(values("whole")).containsExactlyInAnyOrder("a", "b", "c", "e", "f");
  }

  @Test
  void producersAreListedDescribedAndFenced() {
    create("known", 2);
    String[] produce = {"produce", "known", "-p", "1", "--idempotent", "writer"};
    run("a\nb", produce).succeeds();
    run("c", "produce", "known", "-p", "0").succeeds();

    Cli.Run list = run("", "producers", "list", "known");
    Cli.Run writer = run("", "producers", "describe", "known", "writer");
    Cli.Run json = run("", "producers", "describe", "known", "writer", "-o", "json");
    Cli.Run fence = run("", "producers", "fence", "known", "writer", "--yes");

    assertThat(list.succeeds().out())
        .contains("PRODUCER", "writer")
        .containsPattern("\\n~\\S{10,}");
    assertThat(writer.succeeds().out()).contains("LAST SEQUENCE").containsPattern("1 +1 +2 +1 +20");
    assertThat(json.succeeds().out()).contains("\"lastSequence\": \"2\"");
    assertThat(fence.succeeds().err()).contains("fenced; epoch 2 is nobody's");
    assertThat(run("d", produce).succeeds().err()).contains("1 record acknowledged");
    run("", "producers", "fence", "known", "writer").refuses(ExitCode.USAGE, "needs --yes");
    run("", "producers", "describe", "known", "nobody")
        .refuses(ExitCode.FAILED, "no partition of topic 'known' knows", "producers list known");
    run("", "producers", "list", "unknown").refuses(ExitCode.NOT_FOUND, "unknown");
  }

  @Test
  void wrongOptionsAreOneLine() {
    run("x", "produce", "t", "--resume").refuses(ExitCode.USAGE, "--resume needs --idempotent");
    run("x", "produce", "t", "--idempotent", "a b").refuses(ExitCode.USAGE, "--idempotent", "128");
    run("x", "produce", "t", "--idempotent", "a", "--resend").refuses(ExitCode.USAGE, "--resend");
  }

  /** Also while a broker is killed, and comes back. */
  @Test
  void eachRecordIsThereOnceAndInOrder() throws Exception {
    create("once", 6);
    ProducerOptions options =
        ProducerOptions.defaults()
            .withBatchBytes(500)
            .withDirect(true)
            .withProducerId("orders-writer");
    int count = 20_000;
    List<CompletableFuture<Acknowledged>> futures = new ArrayList<>();
    try (AlmadiaClient client = AlmadiaClient.connect(cluster.servers());
        var producer = client.producer("once", options)) {
      for (int i = 0; i < count; i++) {
        if (i == count / 3) {
          cluster.kill(3);
        }
        Record record = Record.newBuilder().setValue(ByteString.copyFromUtf8("v" + i)).build();
        futures.add(producer.send(record, i % 6));
      }
      assertThat(producer.flush(Duration.ofSeconds(60))).isTrue();
    } finally {
      cluster.start(3);
    }
    assertThat(run("", "cluster", "health", "--wait").exitCode()).isZero();
    for (int partition = 0; partition < 6; partition++) {
      int first = partition;
      assertThat(values("once", "-p", String.valueOf(partition)))
          .containsExactlyElementsOf(
              IntStream.range(0, count)
                  .filter(i -> i % 6 == first)
                  .mapToObj(i -> "v" + i)
                  .toList());
    }
    for (int i = 0; i < count; i++) {
      assertThat(futures.get(i).join().offset()).isEqualTo(i / 6);
    }
  }

  private static void create(String topic, int partitions) {
    run("", "topics", "create", topic, "--partitions", String.valueOf(partitions)).succeeds();
  }

  private static String lines(int from, int to) {
    return String.join(
        "\n", IntStream.range(from, to).mapToObj(i -> "k" + i % 50 + ":v" + i).toList());
  }

  private static List<String> values(String topic, String... options) {
    String[] consume = {"consume", topic, "-O", "start", "--until-end", "-f", "%v\\n"};
    return run("", with(consume, options)).succeeds().out().lines().toList();
  }

  private static String[] with(String[] command, String... more) {
    List<String> all = new ArrayList<>(List.of(command));
    all.addAll(List.of(more));
    return all.toArray(String[]::new);
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
