// SPDX-License-Identifier: Apache-2.0
package dev.almadia.raft.testing;

import dev.almadia.raft.core.Entry;
import dev.almadia.raft.shard.GroupView;
import dev.almadia.raft.shard.StateMachine;
import java.util.ArrayList;
import java.util.List;

/** Remembers what it was given. */
public final class LogMachine implements StateMachine {
  private final boolean wantsEntries;
  private final List<Entry> applied = new ArrayList<>();
  private final List<GroupView> views = new ArrayList<>();

  LogMachine(boolean wantsEntries) {
    this.wantsEntries = wantsEntries;
  }

  @Override
  public boolean wantsEntries() {
    return wantsEntries;
  }

  @Override
  public void apply(Entry entry) {
    applied.add(entry);
  }

  @Override
  public void viewChanged(GroupView view) {
    views.add(view);
  }

  /** All entries, in order. */
  public List<Entry> applied() {
    return applied;
  }

  /** All views, in order. */
  public List<GroupView> views() {
    return views;
  }
}
