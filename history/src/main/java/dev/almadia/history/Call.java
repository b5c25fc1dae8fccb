// SPDX-License-Identifier: Apache-2.0
package dev.almadia.history;

/**
 * Who asked and when. Immutable.
 *
 * @param id number of the operation, unique in its history
 * @param client number of the client, at least 0
 * @param session one incarnation or stream of a client: what a session has seen never goes back
 * @param invokedNanos when the client began, on the one clock of the history
 * @param completedNanos when the client knew the answer, or {@link #NEVER}
 */
public record Call(long id, int client, long session, long invokedNanos, long completedNanos) {
  /** Completion time of an operation whose answer never came. */
  public static final long NEVER = Long.MAX_VALUE;

  /** Whether an answer came, good or bad. */
  public boolean completed() {
    return completedNanos != NEVER;
  }

  /**
   * Whether this call was over before the other began. Calls that touch in the same nanosecond are
   * taken as concurrent.
   */
  public boolean precedes(Call other) {
    return completedNanos < other.invokedNanos;
  }

  Call completedAt(long nanos) {
    return new Call(id, client, session, invokedNanos, nanos);
  }

  /** "operation 7 of client 2 (10..25 ns)", for people. */
  @Override
  public String toString() {
    String end = completed() ? Long.toString(completedNanos) : "never";
    return "operation " + id + " of client " + client + " (" + invokedNanos + ".." + end + " ns)";
  }
}
