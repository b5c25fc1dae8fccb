// SPDX-License-Identifier: Apache-2.0
package dev.almadia.client;

import java.util.concurrent.ScheduledExecutorService;

/**
 * What a producer works with.
 *
 * @param brokers connections of the client
 * @param timer timer of the client
 * @param topic name of the topic
 * @param options as the caller chose
 */
record ProducerContext(
    Brokers brokers, ScheduledExecutorService timer, String topic, ProducerOptions options) {}
