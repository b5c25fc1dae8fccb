// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.core.record;

import dev.almadia.broker.core.BrokerError;
import dev.almadia.v1.Codec;
import dev.almadia.v1.ErrorReason;
import dev.almadia.v1.TopicCompression;
import dev.almadia.v1.TopicConfig;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Which batches a topic takes. */
final class TopicCodecs {
  private TopicCodecs() {}

  /**
   * Why a batch is not taken.
   *
   * @param codec CODEC_UNSPECIFIED for a plain batch
   * @return null if it is taken
   */
  static @Nullable BrokerError refusalOf(String topic, TopicConfig config, Codec codec) {
    TopicCompression allowed = config.getCompression();
    boolean isAllowed =
        switch (allowed) {
          case TOPIC_COMPRESSION_UNSPECIFIED, TOPIC_COMPRESSION_ANY -> true;
          case TOPIC_COMPRESSION_NONE -> codec == Codec.CODEC_UNSPECIFIED;
          case TOPIC_COMPRESSION_GZIP -> codec == Codec.CODEC_GZIP;
          case TOPIC_COMPRESSION_LZ4 -> codec == Codec.CODEC_LZ4;
          case TOPIC_COMPRESSION_ZSTD -> codec == Codec.CODEC_ZSTD;
          // A setting of a newer version: better refuse than store what it forbids.
          case UNRECOGNIZED -> false;
        };
    return isAllowed ? null : notAllowed(topic, nameOf(codec), nameOf(allowed));
  }

  private static BrokerError notAllowed(String topic, String codec, String allowed) {
    String demand =
        allowed.equals("none")
            ? "takes plain batches only"
            : "takes batches with " + allowed + " only";
    return BrokerError.of(
        ErrorReason.ERROR_REASON_CODEC_NOT_ALLOWED,
        "The batch is "
            + (codec.equals("none") ? "not compressed" : "compressed with " + codec)
            + "; topic '"
            + topic
            + "' "
            + demand,
        "topic",
        topic,
        "codec",
        codec,
        "allowed",
        allowed);
  }

  private static String nameOf(Codec codec) {
    return codec == Codec.CODEC_UNSPECIFIED ? "none" : lastWord(codec.name(), "CODEC_");
  }

  private static String nameOf(TopicCompression compression) {
    return lastWord(compression.name(), "TOPIC_COMPRESSION_");
  }

  private static String lastWord(String name, String prefix) {
    return name.replace(prefix, "").toLowerCase(Locale.ROOT);
  }
}
