// SPDX-License-Identifier: Apache-2.0
package dev.almadia.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.almadia.v1.Blocker;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;

/**
 * The end of a process that waits for an operation, by a real signal. It is SIGTERM because SIGINT,
 * which Ctrl-C sends and Java treats alike, is ignored by builds that run in the background.
 */
@Timeout(120)
class InterruptedWaitTest {
  @Test
  @DisabledOnOs(OS.WINDOWS)
  void anEndBySignalLeavesTheOperationRunningAndSaysHowToFollowIt() throws Exception {
    try (FakeCluster cluster = new FakeCluster()) {
      cluster.membership.operation =
          cluster.membership.operation.toBuilder()
              .addBlockers(
                  Blocker.newBuilder()
                      .setCode("NOT_ENOUGH_BROKERS")
                      .setResource("topics/orders/partitions/0")
                      .setMessage("no other broker"))
              .build();
      Process process =
          new ProcessBuilder(
                  Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                  "-XX:TieredStopAtLevel=1",
                  "-cp",
                  System.getProperty(
                      "surefire.test.class.path", System.getProperty("java.class.path")),
                  Main.class.getName(),
                  "operations",
                  "wait",
                  "7",
                  "--server",
                  cluster.address())
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start();
      try (BufferedReader err =
          new BufferedReader(
              new InputStreamReader(process.getErrorStream(), StandardCharsets.UTF_8))) {
        // It waits once it has said what for.
        assertThat(err.readLine()).startsWith("waits: topics/orders/partitions/0");
        Process kill =
            new ProcessBuilder("kill", "-TERM", String.valueOf(process.pid())).inheritIO().start();
        assertThat(kill.waitFor()).isZero();
        List<String> lines = err.lines().toList();
        assertThat(lines)
            .containsExactly(
                "almadia: operations/7 (drain brokers/2) goes on; follow it with: almadia"
                    + " operations wait operations/7; end it with: almadia operations cancel"
                    + " operations/7");
        assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).as("as shells tell a signal").isEqualTo(143);
        assertThat(cluster.membership.orders).as("nothing was cancelled").isEmpty();
      } finally {
        process.destroyForcibly();
      }
    }
  }
}
