// SPDX-License-Identifier: Apache-2.0
package dev.almadia.client;

import dev.almadia.v1.Record;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Records that came before the number of partitions was known, in order. All methods under the
 * producer's lock.
 */
final class EarlyRecords {
  /**
   * A record that waits.
   *
   * @param partition as the caller named it, null if it did not
   * @param bytes what it takes of the buffer
   * @param sinceNanos when it came; System.nanoTime
   * @param future its caller's
   */
  record Early(
      Record record,
      @Nullable Integer partition,
      long bytes,
      long sinceNanos,
      CompletableFuture<Acknowledged> future) {}

  private final Deque<Early> waiting = new ArrayDeque<>();

  void add(Early early) {
    waiting.addLast(early);
  }

  boolean isEmpty() {
    return waiting.isEmpty();
  }

  /** Takes all out. */
  List<Early> takeAll() {
    List<Early> all = new ArrayList<>(waiting);
    waiting.clear();
    return all;
  }

  /** Takes those out that came before a time; System.nanoTime. */
  List<Early> takeOlder(long nanos) {
    List<Early> old = new ArrayList<>();
    while (!waiting.isEmpty() && waiting.element().sinceNanos() - nanos < 0) {
      old.add(waiting.remove());
    }
    return old;
  }
}
