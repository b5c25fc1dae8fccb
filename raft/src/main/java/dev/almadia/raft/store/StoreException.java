// SPDX-License-Identifier: Apache-2.0
package dev.almadia.raft.store;

/**
 * The store could not do what was asked. A failed write of any kind is final: the process stops and
 * never writes again, because a page whose fsync failed may be marked clean (bug class 37), and
 * what the failed write carried may be there after the restart or not.
 */
public final class StoreException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** What went wrong. */
  public enum Reason {
    /** The device or file system refused. */
    IO,
    /** Stored bytes are not what was written. Never to be taken for absence (A17). */
    CORRUPT,
    /** No such group, or the index is before the log start or behind its end. */
    NOT_FOUND,
    /** The directory belongs to something else: other cluster, other broker, newer format. */
    WRONG_DIRECTORY,
    /** Another process has the directory open. */
    LOCKED
  }

  private final Reason reason;

  /** One line for people. */
  public StoreException(Reason reason, String message) {
    super(message);
    this.reason = reason;
  }

  /** One line for people, with the cause for the log. */
  public StoreException(Reason reason, String message, Throwable cause) {
    super(message, cause);
    this.reason = reason;
  }

  /** What went wrong. */
  public Reason reason() {
    return reason;
  }
}
