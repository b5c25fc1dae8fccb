// SPDX-License-Identifier: Apache-2.0
package dev.almadia.simulation.net;

import org.jspecify.annotations.Nullable;

/** The two sides of a call on a connection. Each is touched only in its own process. */
final class Exchange {
  final long number;
  final SimClientCall<?, ?> client;

  /** Null until the headers arrived there, and if nobody serves the method. */
  @Nullable SimServerCall<?, ?> server;

  Exchange(long number, SimClientCall<?, ?> client) {
    this.number = number;
    this.client = client;
  }
}
