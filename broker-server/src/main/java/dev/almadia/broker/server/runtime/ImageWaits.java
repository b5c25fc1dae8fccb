// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.server.runtime;

import dev.almadia.broker.core.metadata.MetadataImage;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.function.Supplier;

/** Lets a call wait until this broker's own metadata show what another broker did. Any thread. */
public final class ImageWaits {
  private static final long MAX_WAIT_MS = 5000;

  /** One that waits. */
  private record Wait(Predicate<MetadataImage> wanted, CompletableFuture<Void> done) {}

  private final Supplier<MetadataImage> images;
  private final List<Wait> waits = new CopyOnWriteArrayList<>();

  ImageWaits(Supplier<MetadataImage> images) {
    this.images = images;
  }

  /** Completes when an image is as wanted, or after five seconds in any case. */
  public CompletableFuture<Void> until(Predicate<MetadataImage> wanted) {
    Wait wait = new Wait(wanted, new CompletableFuture<>());
    waits.add(wait);
    changed(images.get());
    return wait.done()
        .completeOnTimeout(null, MAX_WAIT_MS, TimeUnit.MILLISECONDS)
        .whenComplete((done, thrown) -> waits.remove(wait));
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
