// SPDX-License-Identifier: Apache-2.0
package dev.almadia.raft.shard;

import java.util.List;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * The newest view of each group, and what is wrong with those that do not run. Shards write, each
 * its own groups; any thread reads. Lock-free for readers and for changes of a view; only the
 * coming and going of a group touches the map itself.
 */
final class GroupViews {
  private final ConcurrentHashMap<Long, AtomicReference<@Nullable GroupView>> cells =
      new ConcurrentHashMap<>();
  private final ConcurrentHashMap<Long, String> problems = new ConcurrentHashMap<>();

  /** A group starts: the shard keeps the cell and writes to it. */
  AtomicReference<@Nullable GroupView> open(long groupId) {
    AtomicReference<@Nullable GroupView> cell = new AtomicReference<>();
    cells.put(groupId, cell);
    return cell;
  }

  void close(long groupId) {
    cells.remove(groupId);
  }

  @Nullable GroupView view(long groupId) {
    AtomicReference<@Nullable GroupView> cell = cells.get(groupId);
    return cell == null ? null : cell.get();
  }

  List<GroupView> all() {
    return cells.values().stream().map(AtomicReference::get).filter(Objects::nonNull).toList();
  }

  void problem(long groupId, String what) {
    problems.put(groupId, what);
  }

  /** Another replica begins in its place. */
  void solved(long groupId) {
    problems.remove(groupId);
  }

  @Nullable String problem(long groupId) {
    return problems.get(groupId);
  }
}
