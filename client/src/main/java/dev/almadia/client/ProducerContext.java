// SPDX-License-Identifier: Apache-2.0
package dev.almadia.client;

import java.security.SecureRandom;
import java.util.Base64;
import java.util.concurrent.ScheduledExecutorService;
import org.jspecify.annotations.Nullable;

/**
 * What a producer works with.
 *
 * @param brokers connections of the client
 * @param timer timer of the client
 * @param topic name of the topic
 * @param options as the caller chose
 * @param session who an idempotent producer is; null for one that is not
 */
record ProducerContext(
    Brokers brokers,
    ScheduledExecutorService timer,
    String topic,
    ProducerOptions options,
    @Nullable ProducerSession session) {
  private static final int NAME_BYTES = 16;
  private static final SecureRandom RANDOM = new SecureRandom();

  ProducerContext(
      Brokers brokers, ScheduledExecutorService timer, String topic, ProducerOptions options) {
    this(brokers, timer, topic, options, session(topic, options.producerId()));
  }

  private static @Nullable ProducerSession session(String topic, String id) {
    if (id.isEmpty()) {
      return null;
    }
    return id.equals(ProducerSession.TRANSIENT)
        ? ProducerSession.ofNobody(topic, ProducerContext::randomName)
        : ProducerSession.named(topic, id);
  }

  /** 22 characters that nobody else draws. */
  private static String randomName() {
    byte[] bytes = new byte[NAME_BYTES];
    RANDOM.nextBytes(bytes);
    return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
  }
}
