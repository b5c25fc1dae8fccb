// SPDX-License-Identifier: Apache-2.0
package dev.almadia.raft.shard;

import dev.almadia.raft.core.ForceOutcome;
import dev.almadia.raft.core.RaftCore;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** A configuration that is being forced, and who waits for it. Shard thread only. */
final class PendingForce {
  private long term;
  private @Nullable CompletableFuture<ForceResult> waiting;

  void start(RaftCore core, List<Integer> voters, CompletableFuture<ForceResult> answer) {
    ForceResult refusal = refusal(core.forceConfig(voters));
    if (refusal != null) {
      answer.complete(refusal);
      return;
    }
    end(ForceResult.NOT_COMMITTED);
    term = core.term();
    waiting = answer;
  }

  private static @Nullable ForceResult refusal(ForceOutcome outcome) {
    return switch (outcome) {
      case ACCEPTED -> null;
      case LEADS -> ForceResult.LEADS;
      case HAS_LEADER -> ForceResult.HAS_LEADER;
      case KNOWS_NO_MEMBERS -> ForceResult.KNOWS_NO_MEMBERS;
      case NOT_MEMBERS -> ForceResult.NOT_MEMBERS;
    };
  }

  /** Answers as soon as it is known; {@code confirmed} says whether the replica may serve. */
  void settle(RaftCore core, boolean confirmed) {
    if (waiting == null) {
      return;
    }
    if (core.term() != term || (!core.isForcing() && core.leaderId() != core.selfId())) {
      end(ForceResult.NOT_COMMITTED);
    } else if (confirmed) {
      end(ForceResult.FORCED);
    }
  }

  void end(ForceResult result) {
    CompletableFuture<ForceResult> answer = waiting;
    waiting = null;
    if (answer != null) {
      answer.complete(result);
    }
  }
}
