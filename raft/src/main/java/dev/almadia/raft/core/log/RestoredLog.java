// SPDX-License-Identifier: Apache-2.0
package dev.almadia.raft.core.log;

import dev.almadia.raft.core.Entry;
import dev.almadia.raft.core.EntryId;
import dev.almadia.raft.core.HardState;
import dev.almadia.raft.core.config.GroupConfig;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a replica finds on its disk when it starts.
 *
 * @param hardState term and vote
 * @param selfId replica id that it was created with
 * @param config newest configuration at or below commitIndex, or the one that the group was created
 *     with; later ones are in the tail
 * @param configIndex index of its entry, 0 if the group was created with it
 * @param prev the entry before the first one kept; {@link EntryId#ZERO} for a log that was never
 *     cut
 * @param startOffset record offset before the first entry kept
 * @param startMaxTimestampMs highest timestamp before the first entry kept, 0 if none
 * @param runs terms of all entries kept, ascending; empty if there are none
 * @param commitIndex index known to be committed when the last round was written; at least
 *     prev.index
 * @param commitNextOffset record offset after the entry at commitIndex
 * @param commitMaxTimestampMs highest timestamp up to commitIndex, 0 if none
 * @param tail all entries behind commitIndex, consecutive, checked
 * @param checkpoint what the state machine made of the entries up to prev.index and perhaps of some
 *     more, also of such that are not here; may be null for a log that was never cut
 */
public record RestoredLog(
    HardState hardState,
    int selfId,
    GroupConfig config,
    long configIndex,
    EntryId prev,
    long startOffset,
    long startMaxTimestampMs,
    List<TermRun> runs,
    long commitIndex,
    long commitNextOffset,
    long commitMaxTimestampMs,
    List<Entry> tail,
    @Nullable Checkpoint checkpoint) {
  /** Copies the lists. */
  public RestoredLog {
    runs = List.copyOf(runs);
    tail = List.copyOf(tail);
  }

  /** State of a replica that was just created. */
  public static RestoredLog empty(int selfId, GroupConfig config) {
    return new RestoredLog(
        HardState.INITIAL,
        selfId,
        config,
        0,
        EntryId.ZERO,
        0,
        0,
        List.of(),
        0,
        0,
        0,
        List.of(),
        null);
  }
}
