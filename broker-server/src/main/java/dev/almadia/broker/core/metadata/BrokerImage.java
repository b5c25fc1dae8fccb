// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.core.metadata;

/**
 * A broker as metadata knows it.
 *
 * @param brokerId id, above 0
 * @param incarnation made with its data directory, lost with it
 * @param endpoint public address, host:port
 * @param internalEndpoint address for brokers, host:port
 * @param httpEndpoint address of the HTTP port, empty if off
 * @param version version of its software
 */
public record BrokerImage(
    int brokerId,
    String incarnation,
    String endpoint,
    String internalEndpoint,
    String httpEndpoint,
    String version) {}
