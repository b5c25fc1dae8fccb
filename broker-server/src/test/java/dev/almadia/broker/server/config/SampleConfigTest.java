// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.server.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/**
 * The sample that the distribution ships: a user takes its word for what exists and what the
 * default is.
 */
class SampleConfigTest {
  private static final Path SAMPLE = Path.of("../deploy/src/dist/conf/almadia.yaml");
  private static final Pattern SETTING = Pattern.compile("(?:# )?([a-z]+(?:-[a-z]+)*): (\\S+)");

  @Test
  void theSampleStartsABroker() throws Exception {
    BrokerConfig config = ConfigLoader.load(SAMPLE, Map.of(), Map.of());

    assertThat(config.brokerId()).isEqualTo(1);
    assertThat(config.initialBrokers()).containsOnlyKeys(1);
  }

  @Test
  void theSampleShowsEachSettingOnceWithItsDefault() throws Exception {
    Map<String, String> shown = new TreeMap<>();
    for (String line : Files.readAllLines(SAMPLE)) {
      Matcher matcher = SETTING.matcher(line);
      if (matcher.matches() && Setting.of(matcher.group(1)).isPresent()) {
        assertThat(shown.put(matcher.group(1), matcher.group(2))).as(line).isNull();
      }
    }

    for (Setting setting : Setting.values()) {
      assertThat(shown).containsKey(setting.key());
      if (!setting.defaultValue().isEmpty()) {
        assertThat(shown).containsEntry(setting.key(), setting.defaultValue());
      }
    }
  }
}
