// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.server.control;

import dev.almadia.broker.core.BrokerError;
import dev.almadia.broker.core.Errors;
import dev.almadia.broker.core.cluster.ClusterNews;
import dev.almadia.broker.core.cluster.ClusterSight;
import dev.almadia.broker.core.metadata.MetadataImage;
import dev.almadia.broker.core.routing.LeaderTable.Leader;
import dev.almadia.broker.server.grpc.Statuses;
import dev.almadia.v1.ClusterEvent;
import dev.almadia.v1.WatchClusterRequest;
import io.grpc.stub.ServerCallStreamObserver;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableMap;
import java.util.NavigableSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Tells readers what happens in the cluster, as this broker learns it. While somebody reads, the
 * cluster is looked at ten times a second and compared with how it was; without readers nothing is
 * done. So nothing on the way of writes knows of it, and a storm of elections costs a reader's
 * bounded queue and no more.
 *
 * <p>Any thread; one look at a time.
 */
final class ClusterWatches {
  private static final long LOOK_MS = 100;

  /** More is a mistake of somebody's program. */
  private static final int WATCHERS_MAX = 64;

  private final ControlParts parts;

  /** Guarded by this. */
  private final List<ClusterWatcher> watchers = new ArrayList<>();

  /** How the cluster was at the last look; null while nobody reads. Guarded by this. */
  private @Nullable ClusterSight last;

  ClusterWatches(ControlParts parts) {
    this.parts = parts;
  }

  /** Tells this caller from now on. */
  void add(WatchClusterRequest request, ServerCallStreamObserver<ClusterEvent> out) {
    ClusterWatcher watcher = new ClusterWatcher(out);
    out.setOnCancelHandler(() -> remove(watcher));
    out.setOnReadyHandler(watcher::drain);
    BrokerError refusal = begin(watcher, request.getIncludePresent());
    if (refusal != null) {
      out.onError(Statuses.toException(refusal));
    } else {
      watcher.drain();
    }
  }

  private synchronized @Nullable BrokerError begin(ClusterWatcher watcher, boolean includePresent) {
    if (watchers.size() >= WATCHERS_MAX) {
      return Errors.throttled("list of those who watch the cluster", WATCHERS_MAX);
    }
    ClusterSight sight = last;
    if (sight == null) {
      sight = sight();
      last = sight;
      if (!lookLater()) {
        last = null;
        return Errors.stopping(parts.context().brokerId());
      }
    }
    watchers.add(watcher);
    if (includePresent) {
      watcher.offer(timed(ClusterNews.present(sight)));
    }
    return null;
  }

  private synchronized void remove(ClusterWatcher watcher) {
    watchers.remove(watcher);
  }

  private boolean lookLater() {
    try {
      var unused = parts.context().timers().schedule(this::look, LOOK_MS, TimeUnit.MILLISECONDS);
      return true;
    } catch (RejectedExecutionException e) {
      return false;
    }
  }

  /** Timer thread. */
  private void look() {
    List<ClusterWatcher> present;
    boolean ends = parts.context().isStopping();
    synchronized (this) {
      present = List.copyOf(watchers);
      ClusterSight before = last;
      if (present.isEmpty() || ends || before == null) {
        watchers.clear();
        last = null;
      } else {
        ClusterSight after = sight();
        last = after;
        List<ClusterEvent> events = timed(ClusterNews.between(before, after));
        present.forEach(watcher -> watcher.offer(events));
        ends = !lookLater();
      }
    }
    for (ClusterWatcher watcher : present) {
      if (ends) {
        watcher.end(Errors.stopping(parts.context().brokerId()));
      } else {
        watcher.drain();
      }
    }
  }

  private List<ClusterEvent> timed(List<ClusterEvent> events) {
    long nowMs = parts.context().wallMillis();
    List<ClusterEvent> timed = new ArrayList<>(events.size());
    events.forEach(event -> timed.add(event.toBuilder().setTimeMs(nowMs).build()));
    return timed;
  }

  private ClusterSight sight() {
    MetadataImage image = parts.context().image();
    NavigableMap<Long, Leader> leaders = new TreeMap<>();
    note(leaders, MetadataImage.METADATA_GROUP);
    image.partitionsByGroup().keySet().forEach(group -> note(leaders, group));
    NavigableSet<Integer> connected = new TreeSet<>();
    for (int broker : image.brokers().keySet()) {
      if (parts.context().isReachable(broker)) {
        connected.add(broker);
      }
    }
    return new ClusterSight(image, leaders, connected);
  }

  private void note(NavigableMap<Long, Leader> leaders, long groupId) {
    Leader leader = parts.router().leaderOf(groupId);
    if (leader.term() > 0) {
      leaders.put(groupId, leader);
    }
  }
}
