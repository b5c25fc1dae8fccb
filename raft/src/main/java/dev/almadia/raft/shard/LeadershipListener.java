// SPDX-License-Identifier: Apache-2.0
package dev.almadia.raft.shard;

import dev.almadia.raft.link.Leadership;
import java.util.List;

/** Hears which groups other brokers lead. Called by threads of the links; must not block. */
@FunctionalInterface
public interface LeadershipListener {
  /** News from a broker. The higher term wins; of one term, what came last. */
  void onLeaderships(int fromBroker, List<Leadership> leaderships);
}
