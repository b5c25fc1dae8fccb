// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.server;

/**
 * What happens when a write failed or an invariant is broken, after it was logged. From then on the
 * broker must not answer anybody.
 */
public interface FatalHandler {
  /** Ends the process with this code, without any hook: nothing may be written any more. */
  int EXIT_CODE = 70;

  /** Called once, on the thread that failed; must not wait for the broker to stop. */
  void onFatal(Broker broker, Throwable cause);

  /** Ends the process at once. The default. */
  static FatalHandler haltProcess() {
    return (broker, cause) -> Runtime.getRuntime().halt(EXIT_CODE);
  }
}
