// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.server.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ConfigLoaderTest {
  private static final Map<String, String> LEAST =
      Map.of("broker-id", "1", "data", "d", "initial-brokers", "1=127.0.0.1:9401");

  @TempDir Path folder;

  @Test
  void threeKeysAreEnough() throws Exception {
    BrokerConfig config = ConfigLoader.load(null, LEAST, Map.of());

    assertThat(config.network().listen()).isEqualTo(new Endpoint("127.0.0.1", 9400));
    assertThat(config.timing().electionTimeoutMs()).isEqualTo(1000);
    assertThat(config.memory().tailCacheBytes()).isEqualTo(64L << 20);
    assertThat(config.initialBrokers()).containsOnlyKeys(1);
  }

  @Test
  void theCommandLineIsStrongerThanTheEnvironmentAndThatThanTheFile() throws Exception {
    Path file = folder.resolve("almadia.yaml");
    Files.writeString(file, "tick-ms: 10\nheartbeat-ms: 20\nelection-timeout-ms: 300\n");

    BrokerConfig config =
        ConfigLoader.load(
            file,
            with("tick-ms", "30"),
            Map.of("ALMADIA_TICK_MS", "20", "ALMADIA_HEARTBEAT_MS", "40"));

    assertThat(config.timing()).isEqualTo(new BrokerConfig.Timing(30, 300, 40, 5000));
  }

  @Test
  void anUnknownKeyOfTheFileIsRefusedWithTheFileAndTheNearKey() throws Exception {
    Path file = folder.resolve("almadia.yaml");
    Files.writeString(file, "brokerid: 1\n");

    assertThatThrownBy(() -> ConfigLoader.load(file, LEAST, Map.of()))
        .isInstanceOf(ConfigException.class)
        .hasMessage("unknown key brokerid in " + file + "; did you mean broker-id?");
  }

  @Test
  void brokenYamlIsOneLine() throws Exception {
    Path file = folder.resolve("almadia.yaml");
    Files.writeString(file, "a: [1\nb: {");

    assertThatThrownBy(() -> ConfigLoader.load(file, LEAST, Map.of()))
        .isInstanceOf(ConfigException.class)
        .hasMessageStartingWith("configuration file " + file + " is no valid YAML")
        .message()
        .doesNotContain("\n");
  }

  @Test
  void aMistypedVariableIsRefusedAndThoseOfTheLauncherAreNot() throws Exception {
    Map<String, String> launcher =
        Map.of("ALMADIA_HEAP_OPTS", "-Xmx1g", "ALMADIA_SERVER", "x:1", "ALMADIA_LOG_LEVEL", "info");
    assertThat(ConfigLoader.load(null, LEAST, launcher).brokerId()).isEqualTo(1);

    assertThatThrownBy(() -> ConfigLoader.load(null, LEAST, Map.of("ALMADIA_HTTP_LISTN", "off")))
        .hasMessage(
            "unknown environment variable ALMADIA_HTTP_LISTN; did you mean ALMADIA_HTTP_LISTEN?");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          broker-id           | 0            | is not between 1 and 65535
          broker-id           | 65536        | is not between 1 and 65535
          broker-id           | one          | is no whole number
          listen              | 9400         | is wrong: not of the form host:port
          listen              | h:99999      | the port is not between 0 and 65535
          listen              | 0.0.0.0:9400 | set advertise to one that others can reach
          initial-brokers     | 2=h:1        | does not name this broker (broker-id 1)
          initial-brokers     | h:1          | is not of the form 1=host:port,2=host:port
          initial-brokers     | 65536=h:1    | names broker id 65536 twice or out of range
          join                | h:1          | a broker forms a cluster or joins one, so set only one
          zone                | a b          | is not 1 to 64 of letters, digits, point, hyphen and underscore
          heartbeat-ms        | 20           | is below tick-ms (50)
          election-timeout-ms | 400          | is below 5 times heartbeat-ms (100)
          tail-cache-bytes    | lots         | is no size such as 64MiB
          log-format          | xml          | is neither text nor json
          catch-up-rate       | 1KiB         | is below 65536 bytes (0 is no limit)
          """)
  void aWrongValueIsOneLineThatNamesKeyAndSource(String key, String value, String problem) {
    assertThatThrownBy(() -> ConfigLoader.load(null, with(key, value), Map.of()))
        .isInstanceOf(ConfigException.class)
        .hasMessageStartingWith(key + " = " + value + " in command line ")
        .hasMessageEndingWith(problem);
  }

  @Test
  void aBrokerThatJoinsNamesBrokersOfTheClusterInsteadOfThoseThatFormIt() throws Exception {
    Map<String, String> joins = new HashMap<>(LEAST);
    joins.remove("initial-brokers");
    joins.put("join", "a:9401, [::1]:9411");
    joins.put("zone", "rack-7");

    BrokerConfig config = ConfigLoader.load(null, joins, Map.of());

    assertThat(config.initialBrokers()).isEmpty();
    assertThat(config.join()).containsExactly(new Endpoint("a", 9401), new Endpoint("::1", 9411));
    assertThat(config.zone()).isEqualTo("rack-7");
    assertThat(ConfigLoader.load(null, LEAST, Map.of()).zone()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          a        | is not of the form host:port,host:port: not of the form host:port
          a:1,     | is not of the form host:port,host:port: not of the form host:port
          a:0      | names a:0, to which nobody can connect
          0.0.0.0:1| names 0.0.0.0:1, to which nobody can connect
          a:70000  | is not of the form host:port,host:port: the port is not between 0 and 65535
          """)
  void addressesToJoinThatLeadNowhereAreRefused(String join, String problem) {
    Map<String, String> joins = new HashMap<>(LEAST);
    joins.remove("initial-brokers");
    joins.put("join", join);

    assertThatThrownBy(() -> ConfigLoader.load(null, joins, Map.of()))
        .hasMessage("join = " + join + " in command line " + problem);
  }

  @Test
  void whatIsMissingIsNamed() {
    assertThatThrownBy(
            () -> ConfigLoader.load(null, Map.of("broker-id", "1", "data", "d"), Map.of()))
        .hasMessageStartingWith("neither initial-brokers nor join is set");
    assertThatThrownBy(() -> ConfigLoader.load(null, Map.of(), Map.of()))
        .hasMessage("broker-id is not set (id of this broker in the cluster, above 0)");
  }

  private static Map<String, String> with(String key, String value) {
    Map<String, String> map = new HashMap<>(LEAST);
    map.put(key, value);
    return map;
  }
}
