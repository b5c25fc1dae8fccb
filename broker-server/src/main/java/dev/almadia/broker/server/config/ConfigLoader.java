// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.server.config;

import io.smallrye.config.PropertiesConfigSource;
import io.smallrye.config.SmallRyeConfig;
import io.smallrye.config.SmallRyeConfigBuilder;
import io.smallrye.config.source.yaml.YamlConfigSource;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.eclipse.microprofile.config.spi.ConfigSource;
import org.jspecify.annotations.Nullable;

/**
 * Reads the configuration: defaults, a YAML file, environment variables {@code ALMADIA_…}, and what
 * the caller overrides (the command line), each stronger than the one before. A key that does not
 * exist is refused, because a typo that is passed over is a setting that silently does not hold.
 * Variables that begin with {@code ALMADIA_} and resemble no key belong to the launcher or the
 * command line and are passed over.
 */
public final class ConfigLoader {
  private static final int FILE_BYTES_MAX = 1 << 20;
  private static final int VARIABLE_TYPO_MAX = 2;

  private ConfigLoader() {}

  /**
   * Loads and checks.
   *
   * @param file YAML file, null if there is none
   * @param overrides keys as in {@link Setting}, without dashes in front
   * @throws ConfigException naming key, source and what is wrong
   */
  public static BrokerConfig load(@Nullable Path file, Map<String, String> overrides)
      throws ConfigException {
    return load(file, overrides, System.getenv());
  }

  static BrokerConfig load(
      @Nullable Path file, Map<String, String> overrides, Map<String, String> environment)
      throws ConfigException {
    SmallRyeConfigBuilder builder = new SmallRyeConfigBuilder().addDefaultInterceptors();
    builder.withSources(new PropertiesConfigSource(defaults(), "default", 1));
    builder.withSources(new PropertiesConfigSource(environment, "environment", 2));
    if (file != null) {
      ConfigSource yaml = yaml(file);
      checkKeys(yaml.getPropertyNames(), file.toString());
      builder.withSources(yaml);
    }
    checkVariables(environment);
    builder.withSources(
        new PropertiesConfigSource(variables(environment), "environment variables", 300));
    checkKeys(overrides.keySet(), "command line");
    builder.withSources(new PropertiesConfigSource(overrides, "command line", 400));
    SmallRyeConfig config = builder.build();
    return ConfigValues.read(config);
  }

  private static Map<String, String> defaults() {
    Map<String, String> defaults = new HashMap<>();
    for (Setting setting : Setting.values()) {
      if (!setting.defaultValue().isEmpty()) {
        defaults.put(setting.key(), setting.defaultValue());
      }
    }
    return defaults;
  }

  private static ConfigSource yaml(Path file) throws ConfigException {
    try {
      if (Files.size(file) > FILE_BYTES_MAX) {
        throw new ConfigException("configuration file " + file + " is larger than 1 MiB");
      }
      return new YamlConfigSource(file.toString(), Files.readString(file), 200);
    } catch (IOException e) {
      throw new ConfigException(
          e instanceof NoSuchFileException
              ? "there is no configuration file " + file
              : "configuration file " + file + " cannot be read: " + oneLine(e.toString()));
    } catch (RuntimeException e) {
      // The YAML parser throws its own unchecked types for syntax errors.
      throw new ConfigException(
          "configuration file "
              + file
              + " is no valid YAML: "
              + yamlProblem(String.valueOf(e.getMessage())));
    }
  }

  /** The parser's text without its drawing of the place: problem, line and column. */
  private static String yamlProblem(String text) {
    return oneLine(text.replaceAll("(?m)^\\s*\\^\\s*$", "").replace(" in 'reader',", " at"));
  }

  private static void checkKeys(Iterable<String> keys, String source) throws ConfigException {
    for (String key : keys) {
      if (Setting.of(key).isEmpty()) {
        String hint =
            Setting.near(key).map(near -> "; did you mean " + near.key() + "?").orElse("");
        throw new ConfigException("unknown key " + oneLine(key) + " in " + source + hint);
      }
    }
  }

  private static void checkVariables(Map<String, String> environment) throws ConfigException {
    for (String name : environment.keySet()) {
      Optional<Setting> near = nearVariable(name);
      if (near.isPresent() && !near.get().variable().equals(name)) {
        throw new ConfigException(
            "unknown environment variable "
                + oneLine(name)
                + "; did you mean "
                + near.get().variable()
                + "?");
      }
    }
  }

  /** A variable is taken for a typo only if it is very near: others use the prefix too. */
  private static Optional<Setting> nearVariable(String name) {
    if (!name.startsWith("ALMADIA_")) {
      return Optional.empty();
    }
    String key = name.substring("ALMADIA_".length()).replace('_', '-').toLowerCase(Locale.ROOT);
    if (key.length() < 2 * VARIABLE_TYPO_MAX + 1 && Setting.of(key).isEmpty()) {
      return Optional.empty();
    }
    return Setting.near(key).filter(near -> Setting.distance(key, near.key()) <= VARIABLE_TYPO_MAX);
  }

  private static Map<String, String> variables(Map<String, String> environment) {
    Map<String, String> values = new HashMap<>();
    for (Setting setting : Setting.values()) {
      String value = environment.get(setting.variable());
      if (value != null) {
        values.put(setting.key(), value);
      }
    }
    return values;
  }

  static String oneLine(String text) {
    return text.replaceAll("\\p{Cntrl}+", " ").strip();
  }
}
