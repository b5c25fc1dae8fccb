// SPDX-License-Identifier: Apache-2.0
package dev.almadia.raft.core.log;

import dev.almadia.raft.core.Entry;
import dev.almadia.raft.core.EntryId;
import dev.almadia.raft.core.HardState;
import dev.almadia.raft.core.config.GroupConfig;
import java.util.List;

/**
 * What a replica finds on its disk when it starts.
 *
 * @param hardState term and vote
 * @param config newest configuration in the log, or the one that the group was created with
 * @param prev the entry before the first one kept; {@link EntryId#ZERO} for a log that was never
 *     cut
 * @param startOffset record offset before the first entry kept
 * @param runs terms of all entries kept, ascending; empty if there are none
 * @param commitIndex index known to be committed when the last round was written; at least
 *     prev.index
 * @param commitNextOffset record offset after the entry at commitIndex
 * @param commitMaxTimestampMs highest timestamp up to commitIndex, 0 if none
 * @param tail all entries behind commitIndex, consecutive, checked
 */
public record RestoredLog(
    HardState hardState,
    GroupConfig config,
    EntryId prev,
    long startOffset,
    List<TermRun> runs,
    long commitIndex,
    long commitNextOffset,
    long commitMaxTimestampMs,
    List<Entry> tail) {
  /** Copies the lists. */
  public RestoredLog {
    runs = List.copyOf(runs);
    tail = List.copyOf(tail);
  }

  /** State of a replica that was just created. */
  public static RestoredLog empty(GroupConfig config) {
    return new RestoredLog(
        HardState.INITIAL, config, EntryId.ZERO, 0, List.of(), 0, 0, 0, List.of());
  }
}
