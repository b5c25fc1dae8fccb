// SPDX-License-Identifier: Apache-2.0
package dev.almadia.simulation.net;

/**
 * How one end of a connection notices that the other is silent.
 *
 * @param pingNanos a ping is sent when nothing was read for so long
 * @param timeoutNanos the connection ends when nothing was read for so long after that
 */
public record KeepAlive(long pingNanos, long timeoutNanos) {
  private static final long NANOS_PER_SECOND = 1_000_000_000;

  /** The internal port of a broker, as its server side has it. */
  static final KeepAlive PEER = new KeepAlive(NANOS_PER_SECOND, 4 * NANOS_PER_SECOND);

  /** A channel of gRPC for Java, which does not ping below 10 s. */
  static final KeepAlive CHANNEL = new KeepAlive(10 * NANOS_PER_SECOND, 4 * NANOS_PER_SECOND);
}
