// SPDX-License-Identifier: Apache-2.0
package dev.almadia.raft.shard;

import dev.almadia.raft.core.LogMark;
import dev.almadia.raft.core.Message;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A group that is on its way out; nobody waits for it. */
record DestroyedGroup(long groupId) implements RoundOwner {
  @Override
  public long commitIndex() {
    return 0;
  }

  @Override
  public void persisted(@Nullable LogMark mark, List<Message> released) {
    // Nothing waits: the replica has stopped already.
  }
}
