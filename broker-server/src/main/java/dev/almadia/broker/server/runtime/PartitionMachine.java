// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.server.runtime;

import dev.almadia.raft.core.Entry;
import dev.almadia.raft.shard.GroupView;
import dev.almadia.raft.shard.StateMachine;
import java.util.function.Consumer;

/** A partition's log is its data, so there is nothing to apply. Shard thread only. */
record PartitionMachine(Consumer<GroupView> views) implements StateMachine {
  @Override
  public boolean wantsEntries() {
    return false;
  }

  @Override
  public void apply(Entry entry) {}

  @Override
  public void viewChanged(GroupView view) {
    views.accept(view);
  }
}
