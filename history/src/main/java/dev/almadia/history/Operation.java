// SPDX-License-Identifier: Apache-2.0
package dev.almadia.history;

/**
 * One thing that a client did or saw. Immutable; an operation that never completed stays as it
 * began, with {@link Call#NEVER}.
 *
 * <p>Later kinds (group commits and assignments, transactions) are further records here: the
 * compiler then names every switch that must know them.
 */
public sealed interface Operation permits Produce, Read, Resolve, Admin, FinalRead, ReplicaLog {
  /** Who asked and when. */
  Call call();

  /** The same operation with another call; used by the recorder on completion. */
  Operation with(Call call);

  /** Whether it did what it was asked to do, as its client knows it. */
  boolean succeeded();

  /** Number of the operation, unique in its history. */
  default long id() {
    return call().id();
  }
}
