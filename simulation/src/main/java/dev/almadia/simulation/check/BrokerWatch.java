// SPDX-License-Identifier: Apache-2.0
package dev.almadia.simulation.check;

import dev.almadia.raft.core.Entry;
import dev.almadia.raft.core.HardState;
import dev.almadia.raft.shard.GroupView;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A broker as the checks see it: what it shows, and what its disk holds. */
public interface BrokerWatch {
  /** Its id, from 1 to 31. */
  int id();

  /** Views of all its replicas. */
  List<GroupView> views();

  /** An entry of its log as this view has it; null if it cannot be looked at now. */
  @Nullable Entry entry(GroupView view, long index);

  /** Term of the entry on its disk at this index, 0 if there is none. */
  long diskTerm(long groupId, long index);

  /** Last index on its disk, written and synced. */
  long diskLastIndex(long groupId);

  /** Last index that a power loss would leave. */
  long diskSyncedIndex(long groupId);

  /** Replica of the group that its disk holds, 0 if none or a destroyed one. */
  int diskReplica(long groupId);

  /** Term and vote as a power loss would leave them; null if the disk does not know the group. */
  @Nullable HardState diskHardState(long groupId);
}
