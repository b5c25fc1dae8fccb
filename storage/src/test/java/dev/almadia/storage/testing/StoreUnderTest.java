// SPDX-License-Identifier: Apache-2.0
package dev.almadia.storage.testing;

import dev.almadia.raft.store.LogStore;
import java.util.Random;

/** A store, and what can happen to the process and the machine that have it open. */
public interface StoreUnderTest {
  /** Opens it, in a new process as it were. */
  LogStore open();

  /** A round with sync was just written. */
  default void onSynced(LogStore store) {}

  /** What is open ends as by kill -9. */
  void kill(LogStore store);

  /** The power goes while it is open. */
  void losePower(LogStore store, Random random);
}
