// SPDX-License-Identifier: Apache-2.0
package dev.almadia.raft.shard;

/**
 * Something that a thread runs in a loop: call {@link #doWork}; if it found nothing to do, pause
 * for at most {@link #idleNanos} or until its {@link Waker} is called. One thread per agent.
 */
public interface RaftAgent {
  /** Name for the thread and for logs. */
  String name();

  /**
   * One turn; never blocks, except the log writer on its disk.
   *
   * @return how much was done, 0 if the thread may pause
   */
  int doWork();

  /** How long it may pause if nobody wakes it. */
  long idleNanos();
}
