// SPDX-License-Identifier: Apache-2.0
package dev.almadia.raft.core;

import dev.almadia.raft.core.config.GroupConfig;
import dev.almadia.raft.core.log.Checkpoint;
import dev.almadia.raft.core.log.LogStart;
import java.util.List;

/** Makes effects as a core would, for tests of those who carry them out. */
public final class EffectsFixture {
  private final Effects effects = new Effects();

  /** With this hard state. */
  public EffectsFixture hardState(HardState hardState) {
    effects.hardState = hardState;
    return this;
  }

  /** With a truncation. */
  public EffectsFixture truncateFrom(long index) {
    effects.truncateFrom = index;
    return this;
  }

  /** With a reset to this place, of no members. */
  public EffectsFixture reset(long term, long index) {
    LogStart start = place(term, index);
    Checkpoint checkpoint = new Checkpoint(start.id(), new byte[7]);
    effects.reset = new Effects.Reset(start, GroupConfig.UNKNOWN, 0, checkpoint);
    return this;
  }

  /** With a start behind this place. */
  public EffectsFixture logStart(long term, long index) {
    effects.logStart = place(term, index);
    return this;
  }

  private static LogStart place(long term, long index) {
    return new LogStart(new EntryId(term, index), index, index);
  }

  /** With entries. */
  public EffectsFixture append(List<Entry> entries) {
    effects.appended.addAll(entries);
    return this;
  }

  /** With a mark. */
  public EffectsFixture mark(long acceptedTerm, long index) {
    effects.appendMark = new LogMark(acceptedTerm, index);
    return this;
  }

  /** With a message that waits. */
  public EffectsFixture after(Message message) {
    effects.sendAfterPersist.add(message);
    return this;
  }

  /** The effects. */
  public Effects effects() {
    return effects;
  }
}
