// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.server.data;

/**
 * What the ProduceStreams of a broker share.
 *
 * @param opening opens them
 * @param writer brings their batches into the logs
 * @param budget bounds what they hold, together with unary calls
 */
record Streaming(StreamOpening opening, PartWriter writer, ByteBudget budget) {}
