// SPDX-License-Identifier: Apache-2.0
package dev.almadia.simulation.disk;

import dev.almadia.raft.core.Entry;
import dev.almadia.raft.core.HardState;
import dev.almadia.raft.core.log.Checkpoint;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What one round changed of one group, with what was there before, so that it can be checked and
 * undone. First the entries removed went, then the appended ones came, then those below the start
 * went.
 *
 * @param groupId the group
 * @param replicaId the replica of it
 * @param created the group began with this round, perhaps anew after a former life was destroyed
 * @param destroyed it ended with this round
 * @param hardStateBefore term and vote before
 * @param hardState term and vote after
 * @param originBefore where its log began before
 * @param origin where it begins after
 * @param removedBelow entries that a new start cut off, ascending
 * @param removed entries cut from the end, or all of a group that was destroyed or whose log was
 *     reset, ascending
 * @param appended entries that came, ascending
 * @param commitIndexBefore known to be committed before
 * @param commitIndex known to be committed after; 0 once destroyed
 * @param checkpointBefore checkpoint before, null if there was none
 */
public record GroupChange(
    long groupId,
    int replicaId,
    boolean created,
    boolean destroyed,
    HardState hardStateBefore,
    HardState hardState,
    LogOrigin originBefore,
    LogOrigin origin,
    List<Entry> removedBelow,
    List<Entry> removed,
    List<Entry> appended,
    long commitIndexBefore,
    long commitIndex,
    @Nullable Checkpoint checkpointBefore) {}
