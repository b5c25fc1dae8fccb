// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.server.control;

import dev.almadia.broker.server.BrokerContext;
import dev.almadia.raft.store.StoreException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;

/**
 * How much the logs of groups take on this broker. What was asked for in the last seconds is not
 * measured again. Any thread; measured on the read pool.
 */
final class LogSizes {
  private static final long FRESH_NANOS = 10_000_000_000L;

  /** Measured for one question; the rest is told by the next one. */
  private static final int MEASURED_MAX = 500;

  /** Far above what one broker leads; then all is measured anew. */
  private static final int KEPT_MAX = 100_000;

  private final BrokerContext context;

  /** Guarded by itself. */
  private final Map<Long, Size> sizes = new TreeMap<>();

  private record Size(long bytes, long atNanos) {}

  LogSizes(BrokerContext context) {
    this.context = context;
  }

  /** Bytes by group; a group whose size is not known is not in it. Never fails. */
  CompletableFuture<Map<Long, Long>> of(Collection<Long> groups) {
    List<Long> missing = missing(groups);
    if (missing.isEmpty()) {
      return CompletableFuture.completedFuture(known(groups));
    }
    CompletableFuture<Map<Long, Long>> answer = new CompletableFuture<>();
    try {
      context
          .readPool()
          .execute(
              () -> {
                measure(missing);
                answer.complete(known(groups));
              });
    } catch (RejectedExecutionException e) {
      answer.complete(known(groups)); // readers come first
    }
    return answer;
  }

  private List<Long> missing(Collection<Long> groups) {
    long now = context.nanoTime();
    List<Long> missing = new ArrayList<>();
    synchronized (sizes) {
      for (long group : groups) {
        Size size = sizes.get(group);
        if (missing.size() < MEASURED_MAX
            && (size == null || now - size.atNanos() >= FRESH_NANOS)) {
          missing.add(group);
        }
      }
    }
    return missing;
  }

  private void measure(List<Long> groups) {
    Map<Long, Size> measured = new TreeMap<>();
    try {
      for (long group : groups) {
        measured.put(group, new Size(context.store().logBytes(group), context.nanoTime()));
      }
    } catch (StoreException | IllegalStateException e) {
      measured.clear(); // the store is closing: nothing is known
    }
    synchronized (sizes) {
      if (sizes.size() > KEPT_MAX) {
        sizes.clear();
      }
      sizes.putAll(measured);
    }
  }

  private Map<Long, Long> known(Collection<Long> groups) {
    Map<Long, Long> found = new TreeMap<>();
    synchronized (sizes) {
      for (long group : groups) {
        Size size = sizes.get(group);
        if (size != null) {
          found.put(group, size.bytes());
        }
      }
    }
    return found;
  }
}
