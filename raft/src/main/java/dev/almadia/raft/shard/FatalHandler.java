// SPDX-License-Identifier: Apache-2.0
package dev.almadia.raft.shard;

/**
 * Hears that nothing this process says can be trusted any more: a write failed, or an invariant is
 * broken. The broker stops the process; the agent that called does nothing from then on.
 */
@FunctionalInterface
public interface FatalHandler {
  /**
   * Stop the process.
   *
   * @param agent name of the agent that failed
   * @param cause why: a failed write, a broken invariant (an Error), or an unexpected exception
   */
  void onFatal(String agent, Throwable cause);
}
