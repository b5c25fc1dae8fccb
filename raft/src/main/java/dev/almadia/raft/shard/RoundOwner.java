// SPDX-License-Identifier: Apache-2.0
package dev.almadia.raft.shard;

import dev.almadia.raft.core.LogMark;
import dev.almadia.raft.core.Message;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A group as a persist round sees it. Shard thread only. */
interface RoundOwner {
  long groupId();

  /** Index known to be committed when the round is sealed. */
  long commitIndex();

  /**
   * What it had in a round is as durable as it asked.
   *
   * @param mark of its newest append in the round, null if it had none
   * @param released messages that waited for it, in order
   */
  void persisted(@Nullable LogMark mark, List<Message> released);
}
