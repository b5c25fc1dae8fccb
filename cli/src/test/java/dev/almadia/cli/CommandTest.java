// SPDX-License-Identifier: Apache-2.0
package dev.almadia.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonParser;
import dev.almadia.v1.ListTopicsResponse;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Each command against a fake cluster at a real port: output, messages, exit codes. */
@Timeout(60)
class CommandTest {
  private FakeCluster cluster;
  private String input = "";

  record Run(int exitCode, String out, String err) {}

  @BeforeEach
  void start() throws Exception {
    cluster = new FakeCluster();
  }

  @AfterEach
  void stop() {
    cluster.close();
  }

  private Run run(String... args) {
    List<String> all = new ArrayList<>(List.of(args));
    all.add("--server");
    all.add(cluster.address());
    return runPlain(all.toArray(String[]::new));
  }

  private Run runPlain(String... args) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    int exitCode = Main.run(console(out, err), args);
    return new Run(
        exitCode, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
  }

  private Console console(OutputStream out, OutputStream err) {
    return new Console(
        new ByteArrayInputStream(input.getBytes(StandardCharsets.UTF_8)),
        new PrintStream(out, false, StandardCharsets.UTF_8),
        new PrintStream(err, true, StandardCharsets.UTF_8),
        Map.of(),
        false,
        false,
        false);
  }

  @Test
  void topicsAreCreatedListedChangedAndDeleted() {
    Run created =
        run(
            "topics",
            "create",
            "orders",
            "--partitions",
            "6",
            "--label",
            "team=shop",
            "--config",
            "durability=buffered");
    assertThat(created.exitCode()).isZero();
    assertThat(created.out()).contains("orders").contains("buffered");
    assertThat(created.err()).contains("next: echo hello | almadia produce orders");
    assertThat(run("topics", "create", "aaa").exitCode()).isZero();

    assertThat(run("topics", "list").out().lines()).hasSize(3);
    assertThat(run("topics", "list", "-o", "jsonl").out().lines()).hasSize(2);
    assertThat(run("topics", "list", "-o", "yaml").out()).contains("- topic: aaa");

    run("topics", "alter", "orders", "--label", "a=b", "--remove-label", "team");
    run("topics", "alter", "orders", "--config", "max.batch.bytes=2MiB");
    assertThat(cluster.topics.get("orders").getLabelsMap()).containsExactly(Map.entry("a", "b"));
    assertThat(cluster.topics.get("orders").getConfig().getMaxBatchBytes()).isEqualTo(2 << 20);
    assertThat(run("topics", "describe", "orders").out()).contains("label a").contains("2097152");

    Run refused = run("topics", "delete", "orders");
    assertThat(refused.exitCode()).isEqualTo(ExitCode.USAGE);
    assertThat(refused.err()).contains("--yes");
    assertThat(run("topics", "delete", "orders", "--yes").exitCode()).isZero();
    assertThat(cluster.topics).doesNotContainKey("orders");
  }

  @Test
  void jsonIsThatOfTheApi() throws Exception {
    run("topics", "create", "orders", "--partitions", "6");
    String json = run("topics", "list", "-o", "json").out();
    ListTopicsResponse.Builder parsed = ListTopicsResponse.newBuilder();
    com.google.protobuf.util.JsonFormat.parser().merge(json, parsed);
    assertThat(parsed.getTopics(0).getPartitions()).isEqualTo(6);
  }

  @Test
  void aFailureIsOneLineWithWhatWhereWhyAndWhatNow() {
    run("topics", "create", "orders");
    Run failed = run("topics", "describe", "ordesr");
    assertThat(failed.exitCode()).isEqualTo(ExitCode.NOT_FOUND);
    assertThat(failed.out()).isEmpty();
    assertThat(failed.err().lines()).hasSize(1);
    assertThat(failed.err())
        .contains("topics describe ordesr failed at " + cluster.address())
        .contains("there is no topic 'ordesr'")
        .contains("did you mean 'orders'?")
        .contains("reason=TOPIC_NOT_FOUND see: almadia explain TOPIC_NOT_FOUND");
    assertThat(run("topics", "describe", "ordesr", "-v").err()).contains("did_you_mean: orders");
  }

  @Test
  void exitCodesSayWhatKindOfFailure() throws Exception {
    run("topics", "create", "orders");
    assertThat(run("topics", "create", "orders").exitCode()).isEqualTo(ExitCode.PRECONDITION);
    assertThat(run("topics", "create", "x", "--partitions", "0").exitCode())
        .isEqualTo(ExitCode.USAGE);
    int freePort;
    try (ServerSocket socket = new ServerSocket(0)) {
      freePort = socket.getLocalPort();
    }
    Run nobody =
        runPlain("topics", "list", "--server", "127.0.0.1:" + freePort, "--timeout", "500ms");
    assertThat(nobody.exitCode()).isEqualTo(ExitCode.UNAVAILABLE);
    assertThat(nobody.err()).contains("no broker answers").contains("--server");
    assertThat(nobody.err().lines()).hasSize(1);
    cluster.membership.findings.add(FakeMembership.finding("BROKER_UNREACHABLE", "brokers/2"));
    Run unhealthy = run("cluster", "health");
    assertThat(unhealthy.exitCode()).isEqualTo(ExitCode.UNHEALTHY);
    assertThat(unhealthy.out()).contains("BROKER_UNREACHABLE");
    assertThat(run("cluster", "health", "--wait", "--timeout", "300ms").exitCode())
        .isEqualTo(ExitCode.UNHEALTHY);
    cluster.membership.findings.clear();
    assertThat(run("cluster", "health", "--wait").exitCode()).isZero();
  }

  @Test
  void typingErrorsGetASuggestion() {
    assertThat(runPlain("topcs").err()).contains("did you mean 'topics'?");
    assertThat(runPlain("topics", "lst").err()).contains("did you mean 'list'?");
    assertThat(runPlain("topics", "list", "--fliter", "x").err()).contains("'--filter'");
    assertThat(runPlain("topcs").exitCode()).isEqualTo(ExitCode.USAGE);
    assertThat(run("topics", "create", "x", "--config", "durabilty=synced").err())
        .contains("no setting 'durabilty'; did you mean 'durability'?");
    assertThat(run("topics", "list", "--timeout", "soon").exitCode()).isEqualTo(ExitCode.USAGE);
    assertThat(runPlain("topics", "list", "--server", "nowhere").err()).contains("host:port");
    assertThat(runPlain("explain", "NO_LEDER").err()).contains("NO_LEADER");
  }

  @Test
  void producedLinesAreConsumedAgain() {
    run("topics", "create", "orders", "--partitions", "1");
    input = "a:1\nb:2\nplain\n";
    Run produced = run("produce", "orders", "--key-separator", ":", "-H", "h=x", "-o", "json");
    assertThat(produced.exitCode()).isZero();
    assertThat(produced.err()).contains("3 records acknowledged");
    assertThat(
            JsonParser.parseString(produced.out()).getAsJsonObject().get("acknowledged").getAsInt())
        .isEqualTo(3);

    assertThat(
            run("consume", "orders", "-O", "start", "--until-end", "-f", "%t/%p/%o %k=%v %h\\n")
                .out())
        .isEqualTo("orders/0/0 a=1 h=x\norders/0/1 b=2 h=x\norders/0/2 =plain h=x\n");
    assertThat(run("consume", "orders", "-O", "1:2").out().strip())
        .isEqualTo(
            "{\"topic\":\"orders\",\"partition\":0,\"offset\":1,"
                + "\"timestamp\":\"2023-11-14T22:13:20Z\",\"key\":\"b\",\"value\":\"2\","
                + "\"headers\":[{\"key\":\"h\",\"value\":\"x\"}]}");
    assertThat(run("consume", "orders", "-O", "-2", "-n", "1", "-f", "%v").out()).isEqualTo("2");
    assertThat(run("consume", "orders", "-O", "+2:end", "-f", "%v").out()).isEqualTo("plain");
    assertThat(run("consume", "orders", "-O", ":2", "-f", "%v").out()).isEqualTo("12");
    Run beyond = run("consume", "orders", "-O", "47:99");
    assertThat(beyond.exitCode()).isEqualTo(ExitCode.PRECONDITION);
    assertThat(beyond.err()).contains("OFFSET_OUT_OF_RANGE");
  }

  @Test
  void jsonLinesCarryEverythingAndAcksNameTheirLine(@TempDir Path directory) throws Exception {
    run("topics", "create", "orders", "--partitions", "3");
    Path file = directory.resolve("in.jsonl");
    Files.writeString(
        file,
        """
        {"key":"k1","value":{"a":1, "b":[true]},"headers":{"h":"v"},"timestamp":1700000000123}
        {"value":"text","partition":1}
        {"key":"k1","valueBase64":"/w=="}
        """);
    Path acks = directory.resolve("acks");
    Run produced =
        run(
            "produce",
            "orders",
            "--from-json",
            "--file",
            file.toString(),
            "--acks",
            acks.toString());
    assertThat(produced.exitCode()).as(produced.err()).isZero();
    assertThat(Files.readAllLines(acks)).hasSize(3).contains("1 0 2");
    String out = run("consume", "orders", "-O", "start", "--until-end").out();
    assertThat(out).contains("\"value\":\"{\\\"a\\\":1,\\\"b\\\":[true]}\"");
    assertThat(out).contains("\"valueBase64\":\"/w==\"");
    assertThat(out).contains("2023-11-14T22:13:20.123Z");
    assertThat(run("consume", "orders", "-O", ":end", "-p", "1", "-f", "%v{json}").out())
        .isEqualTo("\"text\"");
  }

  @Test
  void recordsGetIdsOfTheirOwnOrByTheirLineAndNeverTheSameTwice() {
    run("topics", "create", "orders");
    input = "x\n";
    Run forgetful = run("produce", "orders", "--record-id", "one");
    assertThat(forgetful.exitCode()).isEqualTo(ExitCode.USAGE);
    assertThat(forgetful.err()).contains("remembers no ids", "dedup.window");
    run("topics", "alter", "orders", "--config", "dedup.window=1h");
    input =
        "{\"value\":\"a\",\"recordId\":\"own\"}\n{\"value\":\"b\"}\n{\"recordIdBase64\":\"/w==\"}\n";
    Run json = run("produce", "orders", "--from-json", "--record-id", "day-{line}");
    assertThat(json.exitCode()).as(json.err()).isZero();
    input = "x\n";
    assertThat(run("produce", "orders", "--record-id", "one").exitCode()).isZero();
    String out = run("consume", "orders", "-O", "start", "--until-end").out();
    assertThat(out)
        .contains("\"recordId\":\"own\"", "\"recordId\":\"day-2\"")
        .contains("\"recordIdBase64\":\"/w==\"", "\"recordId\":\"one\"");

    input = "x\ny\n";
    Run twice = run("produce", "orders", "--record-id", "one");
    assertThat(twice.exitCode()).isEqualTo(ExitCode.PARTLY_DONE);
    assertThat(twice.err()).contains("line 2 is no record", "{line}");
  }

  @Test
  void theWindowOfATopicIsATimeOrOff() {
    run("topics", "create", "orders", "--config", "dedup.window=90m");
    assertThat(cluster.topics.get("orders").getConfig().getDedupWindowMs()).isEqualTo(5_400_000);
    assertThat(run("topics", "describe", "orders").out()).containsPattern("dedup.window +90m");
    run("topics", "alter", "orders", "--config", "dedup.window=2d");
    assertThat(run("topics", "describe", "orders").out()).containsPattern("dedup.window +2d");
    run("topics", "alter", "orders", "--config", "dedup.window=off");
    assertThat(cluster.topics.get("orders").getConfig().getDedupWindowMs()).isZero();
    assertThat(run("topics", "describe", "orders").out()).containsPattern("dedup.window +off");
    Run bad = run("topics", "alter", "orders", "--config", "dedup.window=soon");
    assertThat(bad.exitCode()).isEqualTo(ExitCode.USAGE);
    assertThat(bad.err()).contains("dedup.window", "or 'off'");
  }

  @Test
  void aBadLineIsNamedAndWhatCameBeforeIsKept() {
    run("topics", "create", "orders");
    input = "{\"value\":\"good\"}\nno json\n";
    Run run = run("produce", "orders", "--from-json");
    assertThat(run.exitCode()).isEqualTo(ExitCode.PARTLY_DONE);
    assertThat(run.err()).contains("line 2 is no record", "1 record before it acknowledged;");
    assertThat(cluster.log.records("orders", 0)).hasSize(1);
  }

  @Test
  void anUnknownOutcomeHasItsOwnExitCode() {
    run("topics", "create", "orders");
    cluster.log.breakStreams = true;
    input = "x\n";
    Run run = run("produce", "orders", "--not-idempotent");
    assertThat(run.exitCode()).isEqualTo(ExitCode.OUTCOME_UNKNOWN);
    assertThat(run.err()).contains("1 with unknown outcome").contains("outcome unknown");
  }

  @Test
  void partitionsAreShownAndCompared() {
    run("topics", "create", "orders", "--partitions", "2");
    assertThat(run("partitions", "list", "orders").out()).contains("1L 2?");
    assertThat(run("partitions", "verify", "orders").exitCode()).isZero();
    cluster.equal = false;
    Run differ = run("partitions", "verify", "orders", "-p", "1");
    assertThat(differ.exitCode()).isEqualTo(ExitCode.UNHEALTHY);
    assertThat(differ.err()).contains("partition 1: first difference at index 12, offset 10");
  }

  @Test
  void benchesReportFigures() {
    Run produce =
        run(
            "bench",
            "produce",
            "--topic",
            "load",
            "--create",
            "--partitions",
            "2",
            "--records",
            "500",
            "--record-bytes",
            "100",
            "--batch-bytes",
            "1000",
            "-o",
            "json");
    assertThat(produce.exitCode()).as(produce.err()).isZero();
    var tree = JsonParser.parseString(produce.out()).getAsJsonObject();
    assertThat(tree.get("records").getAsLong()).isGreaterThanOrEqualTo(500);
    assertThat(tree.getAsJsonObject("latencyMs").has("p99")).isTrue();
    Run gap =
        run(
            "bench",
            "gap",
            "--topic",
            "load",
            "--duration",
            "300ms",
            "--rate",
            "200",
            "-o",
            "json");
    assertThat(gap.exitCode()).as(gap.err()).isZero();
    var gapTree = JsonParser.parseString(gap.out()).getAsJsonObject();
    assertThat(gapTree.get("acknowledged").getAsLong()).isEqualTo(60);
    assertThat(gapTree.get("longestGapMs").getAsDouble()).isPositive();
  }

  @Test
  void aSteadyLoadIsCheckedAndReportedByPhase() {
    run("topics", "create", "steady", "--partitions", "4");
    Run steady =
        run(
            "bench",
            "steady",
            "--topic",
            "steady",
            "--duration",
            "300ms",
            "--rate",
            "200",
            "--probe-rate",
            "20",
            "-o",
            "json");
    assertThat(steady.exitCode()).as(steady.err()).isZero();
    var tree = JsonParser.parseString(steady.out()).getAsJsonObject();
    assertThat(tree.get("acknowledged").getAsLong()).isEqualTo(66);
    assertThat(tree.get("failed").getAsLong()).isZero();
    assertThat(tree.getAsJsonArray("problems")).isEmpty();
    assertThat(tree.getAsJsonArray("phases")).hasSize(1);
    assertThat(tree.get("longestLatencyMs").getAsDouble()).isPositive();
  }

  @Test
  void aSteadyLoadOnATopicThatIsNotEmptyIsRefused() {
    run("topics", "create", "used");
    input = "x\n";
    run("produce", "used");
    Run steady = run("bench", "steady", "--topic", "used", "--duration", "100ms");
    assertThat(steady.exitCode()).isEqualTo(ExitCode.PRECONDITION);
    assertThat(steady.err()).contains("topic 'used' is not empty");
  }

  @Test
  void aReaderThatGoesAwayIsNoFailure() {
    run("topics", "create", "orders");
    input = "x\n".repeat(1_000);
    assertThat(run("produce", "orders").exitCode()).isZero();
    OutputStream closed =
        new OutputStream() {
          @Override
          public void write(int b) throws java.io.IOException {
            throw new java.io.IOException("Broken pipe");
          }
        };
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    int exitCode =
        Main.run(
            console(closed, err),
            "consume",
            "orders",
            "-O",
            "start",
            "--server",
            cluster.address());
    assertThat(exitCode).isZero();
    assertThat(err.size()).isZero();
  }

  @Test
  void everyHelpStartsWithExamples() {
    assertHelp(Main.commandLine(console(OutputStream.nullOutputStream(), System.err)));
  }

  private void assertHelp(picocli.CommandLine command) {
    String help = command.getUsageMessage();
    assertThat(help).as(command.getCommandSpec().qualifiedName()).startsWith("Examples:");
    command.getSubcommands().values().forEach(this::assertHelp);
  }

  @Test
  void versionCompletionAndExplain() {
    assertThat(runPlain("--version").out()).startsWith("almadia ").doesNotContain("${");
    assertThat(run("version").out()).contains("almadia");
    assertThat(runPlain("completion", "bash").out()).contains("complete -F _complete_almadia");
    assertThat(runPlain("completion", "fish").out()).contains("-a topics");
    assertThat(runPlain("explain", "no-leader").out()).contains("yes, after a pause");
    assertThat(runPlain("explain").out()).contains("OUTCOME_UNKNOWN");
  }

  @Test
  void aServerWithAWrongSettingSaysWhich() {
    Run run = runPlain("server", "--broker-id", "1", "--data", "d", "--set", "brokr-id=2");
    assertThat(run.exitCode()).isEqualTo(ExitCode.USAGE);
    assertThat(run.err()).contains("brokr-id").contains("broker-id");
    assertThat(run.err().lines()).hasSize(1);
  }
}
