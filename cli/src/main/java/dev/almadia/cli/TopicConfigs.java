// SPDX-License-Identifier: Apache-2.0
package dev.almadia.cli;

import dev.almadia.v1.Codec;
import dev.almadia.v1.Durability;
import dev.almadia.v1.TopicCompression;
import dev.almadia.v1.TopicConfig;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** The settings of topics, as keys and values of the command line. */
final class TopicConfigs {
  static final String DURABILITY = "durability";
  static final String MAX_BATCH_BYTES = "max.batch.bytes";
  static final String COMPRESSION = "compression";
  static final String DEDUP_WINDOW = "dedup.window";
  static final List<String> KEYS = List.of(DURABILITY, MAX_BATCH_BYTES, COMPRESSION, DEDUP_WINDOW);

  private static final String OFF = "off";

  private TopicConfigs() {}

  /** The name of the API's field for a key, for update masks. */
  static String field(String key) {
    return key.equals(DEDUP_WINDOW) ? "config.dedup_window_ms" : "config." + key.replace('.', '_');
  }

  /**
   * Reads settings.
   *
   * @throws CliException with one line that names the key, and a near one if there is
   */
  static TopicConfig parse(Map<String, String> settings) {
    TopicConfig.Builder config = TopicConfig.newBuilder();
    settings.forEach(
        (key, value) -> {
          switch (key) {
            case DURABILITY -> config.setDurability(durability(value));
            case MAX_BATCH_BYTES -> config.setMaxBatchBytes(bytes(value));
            case COMPRESSION -> config.setCompression(compression(value));
            case DEDUP_WINDOW -> config.setDedupWindowMs(windowMs(value));
            default -> throw unknown(key);
          }
        });
    return config.build();
  }

  private static CliException unknown(String key) {
    String near =
        Suggest.near(key, KEYS)
            .map(suggestion -> "did you mean '" + suggestion + "'?")
            .orElse("there are: " + String.join(", ", KEYS));
    return CliException.usage("--config: no setting '" + key + "'; " + near);
  }

  private static Durability durability(String value) {
    return switch (value.toLowerCase(Locale.ROOT)) {
      case "synced", "quorum_synced" -> Durability.DURABILITY_QUORUM_SYNCED;
      case "buffered", "quorum_buffered" -> Durability.DURABILITY_QUORUM_BUFFERED;
      default ->
          throw CliException.usage(
              "--config: durability is 'synced' or 'buffered', not '" + value + "'");
    };
  }

  private static TopicCompression compression(String value) {
    return switch (value.toLowerCase(Locale.ROOT)) {
      case "any" -> TopicCompression.TOPIC_COMPRESSION_ANY;
      case "none" -> TopicCompression.TOPIC_COMPRESSION_NONE;
      case "gzip" -> TopicCompression.TOPIC_COMPRESSION_GZIP;
      case "lz4" -> TopicCompression.TOPIC_COMPRESSION_LZ4;
      case "zstd" -> TopicCompression.TOPIC_COMPRESSION_ZSTD;
      default ->
          throw CliException.usage(
              "--config: compression is 'any', 'none', 'gzip', 'lz4' or 'zstd', not '"
                  + value
                  + "'");
    };
  }

  /**
   * Reads the name of a codec.
   *
   * @throws CliException with one line that names what there is
   */
  static Codec codec(String value) {
    return switch (value.toLowerCase(Locale.ROOT)) {
      case "none" -> Codec.CODEC_UNSPECIFIED;
      case "gzip" -> Codec.CODEC_GZIP;
      case "lz4" -> Codec.CODEC_LZ4;
      case "zstd" -> Codec.CODEC_ZSTD;
      default ->
          throw CliException.usage(
              "--compression is 'none', 'gzip', 'lz4' or 'zstd', not '" + value + "'");
    };
  }

  private static long bytes(String value) {
    try {
      return Units.size(value);
    } catch (IllegalArgumentException | ArithmeticException e) {
      throw CliException.usage("--config: " + MAX_BATCH_BYTES + ": " + e.getMessage());
    }
  }

  private static long windowMs(String value) {
    if (value.equals(OFF) || value.equals("0")) {
      return 0;
    }
    try {
      return Units.time(value).toMillis();
    } catch (IllegalArgumentException | ArithmeticException e) {
      throw CliException.usage("--config: " + DEDUP_WINDOW + ": " + e.getMessage() + ", or 'off'");
    }
  }

  /** The settings as the command line would have them. */
  static Map<String, String> show(TopicConfig config) {
    Map<String, String> settings = new TreeMap<>();
    settings.put(DURABILITY, show(config.getDurability()));
    settings.put(
        MAX_BATCH_BYTES,
        config.getMaxBatchBytes() == 0 ? "default" : String.valueOf(config.getMaxBatchBytes()));
    settings.put(COMPRESSION, show(config.getCompression()));
    settings.put(DEDUP_WINDOW, window(config.getDedupWindowMs()));
    return settings;
  }

  /** In the largest unit that gives a whole number. */
  private static String window(long windowMs) {
    if (windowMs == 0) {
      return OFF;
    }
    Duration window = Duration.ofMillis(windowMs);
    if (window.toMillisPart() > 0) {
      return windowMs + "ms";
    }
    if (window.toSecondsPart() > 0) {
      return window.toSeconds() + "s";
    }
    if (window.toMinutesPart() > 0) {
      return window.toMinutes() + "m";
    }
    return window.toHoursPart() > 0 ? window.toHours() + "h" : window.toDays() + "d";
  }

  private static String show(TopicCompression compression) {
    return switch (compression) {
      case TOPIC_COMPRESSION_ANY -> "any";
      case TOPIC_COMPRESSION_NONE -> "none";
      case TOPIC_COMPRESSION_GZIP -> "gzip";
      case TOPIC_COMPRESSION_LZ4 -> "lz4";
      case TOPIC_COMPRESSION_ZSTD -> "zstd";
      case TOPIC_COMPRESSION_UNSPECIFIED, UNRECOGNIZED -> "default";
    };
  }

  static String show(Durability durability) {
    return switch (durability) {
      case DURABILITY_QUORUM_SYNCED -> "synced";
      case DURABILITY_QUORUM_BUFFERED -> "buffered";
      case DURABILITY_UNSPECIFIED, UNRECOGNIZED -> "default";
    };
  }
}
