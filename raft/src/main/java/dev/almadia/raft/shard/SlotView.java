// SPDX-License-Identifier: Apache-2.0
package dev.almadia.raft.shard;

import dev.almadia.raft.core.RaftCore;
import dev.almadia.raft.core.config.ReplicaId;
import dev.almadia.raft.core.log.RestoredLog;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** What others may see of a group; a new view whenever something of it changed. Shard thread. */
final class SlotView {
  private final RaftCore core;
  private final int selfId;
  private final StateMachine machine;
  private final AtomicReference<@Nullable GroupView> cell;

  /** The configuration is another than the one last published. */
  private boolean configChanged;

  private GroupView view;

  SlotView(
      NodeParts parts, GroupSpec spec, RestoredLog restored, RaftCore core, long appliedIndex) {
    this.core = core;
    this.selfId = restored.selfId();
    this.machine = spec.machine();
    this.cell = parts.views().open(spec.groupId());
    this.view = newView(spec.groupId(), false, appliedIndex);
    show();
  }

  /** The newest view. */
  GroupView get() {
    return view;
  }

  /** The next view is another in any case. */
  void configChanged() {
    configChanged = true;
  }

  void publish(boolean confirmed, long appliedIndex) {
    GroupView before = view;
    if (before.commitIndex() == core.commitIndex()
        && before.appliedIndex() == appliedIndex
        && before.lastIndex() == core.last().index()
        && before.durableIndex() == core.durableIndex()
        && before.firstIndex() == core.logStart().index() + 1
        && before.role() == core.role()
        && before.term() == core.term()
        && before.leaderId() == ReplicaId.broker(core.leaderId())
        && before.confirmed() == confirmed
        && !configChanged) {
      return;
    }
    configChanged = false;
    view = newView(before.groupId(), confirmed, appliedIndex);
    show();
  }

  private void show() {
    cell.set(view);
    machine.viewChanged(view);
  }

  private GroupView newView(long groupId, boolean confirmed, long appliedIndex) {
    return new GroupView(
        groupId,
        selfId,
        core.role(),
        core.term(),
        ReplicaId.broker(core.leaderId()),
        confirmed,
        core.groupConfig(),
        core.configIndex(),
        core.logStart().index() + 1,
        core.logStartOffset(),
        core.last().index(),
        core.last().term(),
        core.durableIndex(),
        core.commitIndex(),
        core.commitNextOffset(),
        appliedIndex);
  }
}
