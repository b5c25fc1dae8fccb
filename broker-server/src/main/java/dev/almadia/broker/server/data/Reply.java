// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.server.data;

import dev.almadia.broker.core.BrokerError;

/**
 * Takes the end of a call: one of the two, once. Called on any thread, also shards: must not block.
 *
 * @param <R> the answer
 */
interface Reply<R> {
  /** The answer. */
  void done(R answer);

  /** Why there is none. */
  void failed(BrokerError error);
}
