// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.server.runtime;

import dev.almadia.raft.core.Entry;
import dev.almadia.raft.shard.GroupView;
import dev.almadia.raft.shard.StateMachine;
import java.util.function.Consumer;

/** A partition's log is its data, and nothing else follows from it. Shard thread only. */
record PartitionMachine(Consumer<GroupView> views) implements StateMachine {
  private static final byte[] NOTHING = {};

  @Override
  public boolean keepsLog() {
    return false;
  }

  @Override
  public void apply(Entry entry) {}

  @Override
  public byte[] checkpoint() {
    return NOTHING;
  }

  @Override
  public boolean canRestore(byte[] state) {
    return state.length == 0;
  }

  @Override
  public void restore(byte[] state) {}

  @Override
  public void viewChanged(GroupView view) {
    views.accept(view);
  }
}
