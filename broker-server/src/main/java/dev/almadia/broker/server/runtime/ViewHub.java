// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.server.runtime;

import dev.almadia.raft.shard.GroupView;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Passes changed views to those who wait for them. Publishing on shard threads, the rest on any.
 */
final class ViewHub {
  private static final Logger LOG = LoggerFactory.getLogger(ViewHub.class);

  private final Map<Long, CopyOnWriteArrayList<Consumer<GroupView>>> listeners =
      new ConcurrentHashMap<>();

  void publish(GroupView view) {
    CopyOnWriteArrayList<Consumer<GroupView>> list = listeners.get(view.groupId());
    if (list == null) {
      return;
    }
    for (Consumer<GroupView> listener : list) {
      try {
        listener.accept(view);
      } catch (RuntimeException e) {
        // One reader's defect must not stop the shard, which is everybody's.
        LOG.error("a listener of group {} failed", view.groupId(), e);
      }
    }
  }

  AutoCloseable listen(long groupId, Consumer<GroupView> listener) {
    listeners.compute(
        groupId,
        (group, list) -> {
          CopyOnWriteArrayList<Consumer<GroupView>> some =
              list == null ? new CopyOnWriteArrayList<>() : list;
          some.add(listener);
          return some;
        });
    return () -> forget(groupId, listener);
  }

  private void forget(long groupId, Consumer<GroupView> listener) {
    listeners.computeIfPresent(
        groupId,
        (group, list) -> {
          list.remove(listener);
          return list.isEmpty() ? null : list;
        });
  }

  int size() {
    return listeners.size();
  }
}
