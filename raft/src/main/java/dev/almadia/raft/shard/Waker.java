// SPDX-License-Identifier: Apache-2.0
package dev.almadia.raft.shard;

/**
 * Wakes the thread that runs an agent. Any thread may call it; it must not block. A wake that comes
 * while the agent works must make its next pause end at once (as {@code LockSupport.unpark} does).
 */
@FunctionalInterface
public interface Waker {
  /** There is work. Called at most once between two turns of the agent. */
  void wake();
}
