// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.core.routing;

/** How far a call may still travel. */
public enum Hop {
  /** A client's call: may be forwarded to the leader. */
  PROXY,
  /** A client that wants to go to the leader by itself: never forwarded, told who leads. */
  DIRECT,
  /** Came from another broker: never forwarded again, so that it cannot loop. */
  FORWARDED
}
