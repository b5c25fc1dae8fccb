// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.server.runtime;

import dev.almadia.broker.core.routing.LeaderTable;
import dev.almadia.raft.link.Leadership;
import dev.almadia.raft.shard.GroupView;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Who leads which group, from what brokers tell each other and from local replicas. The higher term
 * wins; within a term a leader is forgotten only if it says itself that it lost. Any thread.
 */
final class LeaderBoard implements LeaderTable {
  private final Map<Long, Leader> leaders = new ConcurrentHashMap<>();

  @Override
  public Leader leaderOf(long groupId) {
    return leaders.getOrDefault(groupId, NONE);
  }

  /** A broker won or lost a group. */
  void learn(int fromBroker, Leadership news) {
    leaders.compute(
        news.groupId(),
        (group, known) -> {
          Leader told = new Leader(news.leaderBrokerId(), news.term());
          if (known == null || told.term() > known.term()) {
            return told;
          }
          boolean sameTerm = told.term() == known.term();
          boolean names = told.brokerId() != 0 && known.brokerId() == 0;
          boolean resigns = told.brokerId() == 0 && known.brokerId() == fromBroker;
          return sameTerm && (names || resigns) ? told : known;
        });
  }

  /** A local replica knows a leader. */
  void learn(GroupView view) {
    if (view.leaderId() != 0) {
      learn(view.leaderId(), new Leadership(view.groupId(), view.term(), view.leaderId()));
    }
  }

  void forget(long groupId) {
    leaders.remove(groupId);
  }
}
