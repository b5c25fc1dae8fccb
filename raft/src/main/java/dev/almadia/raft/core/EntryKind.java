// SPDX-License-Identifier: Apache-2.0
package dev.almadia.raft.core;

/** What an entry is for. The number is stored and sent; never reuse one. */
public enum EntryKind {
  /** First entry of a leader's term: has no content and consumes no record offset. */
  NOOP(1),
  /** Content of the state machine; in a partition, one batch of records. */
  DATA(2),
  /** A membership configuration, effective when appended. */
  CONFIG(3),
  /** The log starts at another entry: what is before may be removed. */
  LOG_START(4),
  /**
   * Content of the state machine beside the records, such as who writes to a partition; consumes no
   * record offset.
   */
  CONTROL(5);

  private final int number;

  EntryKind(int number) {
    this.number = number;
  }

  /** The stored number. */
  public int number() {
    return number;
  }

  /**
   * The kind with this stored number.
   *
   * @throws IllegalArgumentException if there is none: the bytes are damaged or of a newer format
   */
  public static EntryKind of(int number) {
    return switch (number) {
      case 1 -> NOOP;
      case 2 -> DATA;
      case 3 -> CONFIG;
      case 4 -> LOG_START;
      case 5 -> CONTROL;
      default -> throw new IllegalArgumentException("unknown entry kind " + number);
    };
  }
}
