// SPDX-License-Identifier: Apache-2.0
package dev.almadia.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
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

/** What the command says to bad input: one line, the right exit code, no stack trace, no hang. */
@Timeout(60)
class BadInputTest {
  @TempDir Path folder;
  private FakeCluster cluster;
  private String input = "";

  private record Run(int exitCode, String out, String err) {}

  @BeforeEach
  void start() throws Exception {
    cluster = new FakeCluster();
    assertThat(run("topics", "create", "orders", "--partitions", "2").exitCode()).isZero();
  }

  @AfterEach
  void stop() {
    cluster.close();
  }

  private Run run(String... args) {
    return runAt(cluster.address(), args);
  }

  private Run runAt(String server, String... args) {
    List<String> all = new ArrayList<>(List.of(args));
    all.addAll(List.of("--server", server));
    return runPlain(all);
  }

  private Run runPlain(List<String> args) {
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
    int exitCode = Main.run(console, args.toArray(String[]::new));
    return new Run(
        exitCode, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
  }

  private static void assertOneLine(Run run, int exitCode, String... parts) {
    assertThat(run.exitCode()).isEqualTo(exitCode);
    assertThat(run.err().lines()).hasSize(1);
    assertThat(run.err()).startsWith("almadia: ").contains(parts).doesNotContain("Exception");
  }

  @Test
  void aServerForSomethingElseIsToldFromABroker() throws Exception {
    try (ServerSocket socket = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
      Thread web = new Thread(() -> answerAsWebServer(socket), "web-server");
      web.setDaemon(true);
      web.start();
      String address = "127.0.0.1:" + socket.getLocalPort();

      assertOneLine(
          runAt(address, "topics", "list"), ExitCode.FAILED, "is no Almadia broker", "--server");
      assertOneLine(
          runAt(address, "topics", "create", "x"), ExitCode.FAILED, "is no Almadia broker");
      assertThat(runAt(address + "," + cluster.address(), "topics", "list").exitCode()).isZero();
      assertThat(runAt(address + "," + cluster.address(), "topics", "create", "x").exitCode())
          .as("who is no broker has not created it, so the next is asked")
          .isZero();
    }
  }

  private static void answerAsWebServer(ServerSocket socket) {
    byte[] answer =
        "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n".getBytes(StandardCharsets.UTF_8);
    while (!socket.isClosed()) {
      try (Socket connection = socket.accept()) {
        connection.getOutputStream().write(answer);
        int unused = connection.getInputStream().read(new byte[1024]);
      } catch (IOException e) {
        // The client went away, or the test is over: then the loop ends.
        Thread.onSpinWait();
      }
    }
  }

  @Test
  void filesThatCannotBeReadAreNamed() throws Exception {
    assertOneLine(
        run("produce", "orders", "--file", folder.resolve("none").toString()),
        ExitCode.FAILED,
        "no file '");
    assertOneLine(
        run("produce", "orders", "--file", folder.toString()), ExitCode.FAILED, "cannot be read");
    Path yaml = Files.writeString(folder.resolve("broken.yaml"), "a: [\n");
    assertOneLine(
        runPlain(List.of("server", "--config", yaml.toString())),
        ExitCode.USAGE,
        "is no valid YAML",
        "line 2");
    assertOneLine(
        runPlain(List.of("server", "--config", folder.resolve("none").toString())),
        ExitCode.USAGE,
        "there is no configuration file");
  }

  @Test
  void aBadLineIsNumberedAndTheFateOfTheOthersIsSaid() {
    input = "{\"value\":\"a\"}\n{\"value\":\"b\"}\nnonsense\n{\"value\":\"c\"}\n";
    assertOneLine(
        run("produce", "orders", "--from-json"),
        ExitCode.PARTLY_DONE,
        "line 3 ",
        "2 records before it acknowledged",
        "what follows were not sent");
  }

  @Test
  void namesAndPartitionsThatDoNotExist() {
    assertOneLine(
        run("produce", "orders", "-p", "7"),
        ExitCode.NOT_FOUND,
        "it has 0 to 1",
        "reason=PARTITION_NOT_FOUND see: almadia explain PARTITION_NOT_FOUND");
    Run longName = run("topics", "describe", "a".repeat(300));
    assertThat(longName.exitCode()).isEqualTo(ExitCode.NOT_FOUND);
    assertThat(longName.err()).contains("a".repeat(60) + "… failed");
  }
}
