// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.core.topics;

import dev.almadia.broker.core.BrokerError;
import dev.almadia.broker.core.Errors;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Limits of a topic's labels. */
final class TopicLabels {
  static final int LABELS_MAX = 32;
  static final int KEY_CHARS_MAX = 63;
  static final int VALUE_CHARS_MAX = 255;

  private TopicLabels() {}

  /** Why these labels are not allowed, null if they are. */
  static @Nullable BrokerError refusalOf(Map<String, String> labels) {
    if (labels.size() > LABELS_MAX) {
      return Errors.invalid(
          "topic.labels", labels.size() + " labels", "must be at most " + LABELS_MAX);
    }
    for (Map.Entry<String, String> label : labels.entrySet()) {
      String key = label.getKey();
      if (key.isEmpty() || key.length() > KEY_CHARS_MAX || hasControl(key)) {
        return Errors.invalid(
            "topic.labels", key, "a key must be 1 to 63 characters without control characters");
      }
      String value = label.getValue();
      if (value.length() > VALUE_CHARS_MAX || hasControl(value)) {
        return Errors.invalid(
            "topic.labels",
            value,
            "a value must be at most 255 characters without control characters");
      }
    }
    return null;
  }

  private static boolean hasControl(String text) {
    return text.chars().anyMatch(Character::isISOControl);
  }
}
