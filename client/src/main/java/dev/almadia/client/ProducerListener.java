// SPDX-License-Identifier: Apache-2.0
package dev.almadia.client;

/**
 * Hears what producers do, for metrics and logs. Called on the callers', gRPC's and timer threads,
 * several at once, outside all locks; must not block. What it throws is logged and goes nowhere.
 *
 * <p>One listener may serve many producers.
 */
public interface ProducerListener {
  /** Hears nothing. */
  ProducerListener NONE = new ProducerListener() {};

  /** A producer was made. */
  default void opened(Producer producer) {}

  /** A producer was closed. */
  default void closed(Producer producer) {}

  /** A batch was acknowledged or given up; called before the futures of its records complete. */
  default void batchEnded(BatchReport report) {}

  /**
   * A stream to a broker ended with an error; the producer goes on with another one if that can
   * help.
   *
   * @param topic the topic of the producer
   * @param failure what happened, and at which broker
   */
  default void streamFailed(String topic, AlmadiaException failure) {}
}
