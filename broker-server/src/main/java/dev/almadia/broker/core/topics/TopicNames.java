// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.core.topics;

import dev.almadia.broker.core.BrokerError;
import dev.almadia.broker.core.Errors;
import dev.almadia.broker.core.Shown;
import dev.almadia.broker.core.metadata.MetadataImage;
import dev.almadia.v1.ErrorReason;
import org.jspecify.annotations.Nullable;

/** Names of topics, and the errors about them. */
public final class TopicNames {
  /** Longest name, in characters. */
  public static final int CHARS_MAX = 200;

  private static final String RULE =
      "must be 1 to 200 characters of a-z, A-Z, 0-9, dot, underscore and minus, not starting with a"
          + " dot";

  private TopicNames() {}

  /** Why this cannot be a topic's name, null if it can. */
  public static @Nullable BrokerError refusalOf(String field, String name) {
    return isValid(name) ? null : Errors.invalid(field, name, RULE);
  }

  /** Whether a topic may have this name. Never a path: such names reach no file system. */
  public static boolean isValid(String name) {
    if (name.isEmpty() || name.length() > CHARS_MAX || name.charAt(0) == '.') {
      return false;
    }
    for (int i = 0; i < name.length(); i++) {
      if (!isAllowed(name.charAt(i))) {
        return false;
      }
    }
    return true;
  }

  private static boolean isAllowed(char c) {
    return (c >= 'a' && c <= 'z')
        || (c >= 'A' && c <= 'Z')
        || (c >= '0' && c <= '9')
        || c == '.'
        || c == '_'
        || c == '-';
  }

  /** No topic of this name, with a near name if there is one. */
  public static BrokerError notFound(MetadataImage image, String name) {
    String shown = Shown.of(name);
    String near =
        name.length() > CHARS_MAX ? null : NearNames.nearest(name, image.topics().keySet());
    if (near == null) {
      return BrokerError.of(
          ErrorReason.ERROR_REASON_TOPIC_NOT_FOUND,
          "There is no topic '" + shown + "'",
          "topic",
          shown);
    }
    return BrokerError.of(
        ErrorReason.ERROR_REASON_TOPIC_NOT_FOUND,
        "There is no topic '" + shown + "'; did you mean '" + near + "'?",
        "topic",
        shown,
        "did_you_mean",
        near);
  }

  /** The name is taken. */
  public static BrokerError exists(String name) {
    return BrokerError.of(
        ErrorReason.ERROR_REASON_TOPIC_EXISTS,
        "Topic '" + name + "' exists already",
        "topic",
        name);
  }

  /** More partitions than allowed. */
  public static BrokerError partitionLimit(long requested, long current, long limit) {
    return BrokerError.of(
        ErrorReason.ERROR_REASON_PARTITION_LIMIT,
        requested
            + " more partitions are above the cluster's limit of "
            + limit
            + ", which has "
            + current
            + " already",
        "requested",
        requested,
        "current",
        current,
        "limit",
        limit);
  }
}
