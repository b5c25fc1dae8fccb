// SPDX-License-Identifier: Apache-2.0
package dev.almadia.raft.shard;

import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Any thread raises it, the agent lowers it at the start of a turn: so a thousand hand-offs within
 * a turn cost one wake-up, and none is lost, because what was handed over before the lowering is
 * seen by that turn and what comes later raises it anew. Lock-free.
 */
final class AgentSignal {
  private final AtomicBoolean raised = new AtomicBoolean();
  private final Waker waker;

  AgentSignal(Waker waker) {
    this.waker = waker;
  }

  /** There is work. Call after it was made visible. */
  void raise() {
    if (!raised.get() && raised.compareAndSet(false, true)) {
      waker.wake();
    }
  }

  /** Agent only: what is handed over from now on needs a new wake-up. */
  void lower() {
    raised.set(false);
  }
}
