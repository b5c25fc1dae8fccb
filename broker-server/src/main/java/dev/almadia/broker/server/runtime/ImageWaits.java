// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.server.runtime;

import dev.almadia.broker.core.metadata.MetadataImage;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.function.Supplier;

/** Lets a call wait until this broker's own metadata show what another broker did. Any thread. */
public final class ImageWaits {
  private static final long MAX_WAIT_MS = 5000;

  /** One that waits. */
  private record Wait(Predicate<MetadataImage> wanted, CompletableFuture<Void> done) {}

  private final Supplier<MetadataImage> images;
  private final ScheduledExecutorService timers;
  private final List<Wait> waits = new CopyOnWriteArrayList<>();

  ImageWaits(Supplier<MetadataImage> images, ScheduledExecutorService timers) {
    this.images = images;
    this.timers = timers;
  }

  /** Completes when an image is as wanted, or after five seconds in any case. */
  public CompletableFuture<Void> until(Predicate<MetadataImage> wanted) {
    Wait wait = new Wait(wanted, new CompletableFuture<>());
    waits.add(wait);
    changed(images.get());
    if (wait.done().isDone()) {
      waits.remove(wait);
      return wait.done();
    }
    Future<?> end = endLater(wait);
    return wait.done()
        .whenComplete(
            (done, thrown) -> {
              waits.remove(wait);
              end.cancel(false);
            });
  }

  private Future<?> endLater(Wait wait) {
    try {
      return timers.schedule(() -> wait.done().complete(null), MAX_WAIT_MS, TimeUnit.MILLISECONDS);
    } catch (RejectedExecutionException e) {
      // The broker is at its end, and so are all calls.
      wait.done().complete(null);
      return wait.done();
    }
  }

  /** Shard thread of group 0. */
  void changed(MetadataImage image) {
    for (Wait wait : waits) {
      if (wait.wanted().test(image)) {
        wait.done().complete(null);
      }
    }
  }
}
