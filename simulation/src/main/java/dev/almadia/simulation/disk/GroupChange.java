// SPDX-License-Identifier: Apache-2.0
package dev.almadia.simulation.disk;

import dev.almadia.raft.core.Entry;
import dev.almadia.raft.core.HardState;
import java.util.List;

/**
 * What one round changed of one group, with what was there before, so that it can be checked and
 * undone. First the entries removed went, then the appended ones came.
 *
 * @param groupId the group
 * @param created the group began with this round, perhaps anew after a former life was destroyed
 * @param destroyed it ended with this round
 * @param hardStateBefore term and vote before
 * @param hardState term and vote after
 * @param removed entries cut from the end, or all of a destroyed group, ascending
 * @param appended entries that came, ascending
 * @param commitIndexBefore known to be committed before
 * @param commitIndex known to be committed after; 0 once destroyed
 */
public record GroupChange(
    long groupId,
    boolean created,
    boolean destroyed,
    HardState hardStateBefore,
    HardState hardState,
    List<Entry> removed,
    List<Entry> appended,
    long commitIndexBefore,
    long commitIndex) {}
