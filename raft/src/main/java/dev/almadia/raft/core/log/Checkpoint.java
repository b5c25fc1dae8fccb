// SPDX-License-Identifier: Apache-2.0
package dev.almadia.raft.core.log;

import dev.almadia.raft.core.EntryId;
import java.util.Arrays;

/**
 * What a state machine made of all entries up to one, as bytes. So the state outlives the entries
 * that it is derived from.
 */
public final class Checkpoint {
  private final EntryId id;
  private final byte[] state;

  /**
   * Takes the bytes over; nobody changes them any more.
   *
   * @param id the last entry in it, which is committed
   * @param state what the machine gave
   */
  public Checkpoint(EntryId id, byte[] state) {
    this.id = id;
    this.state = state;
  }

  /** The last entry in it. */
  public EntryId id() {
    return id;
  }

  /** Index of the last entry in it. */
  public long index() {
    return id.index();
  }

  /** The machine's bytes, not to be changed. */
  public byte[] state() {
    return state;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Checkpoint that
        && id.equals(that.id)
        && Arrays.equals(state, that.state);
  }

  @Override
  public int hashCode() {
    return 31 * id.hashCode() + Arrays.hashCode(state);
  }

  @Override
  public String toString() {
    return "checkpoint " + id + " of " + state.length + " bytes";
  }
}
