// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.server.control;

import static org.assertj.core.api.Assertions.assertThat;

import dev.almadia.broker.core.Errors;
import dev.almadia.v1.ClusterEvent;
import io.grpc.stub.ServerCallStreamObserver;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What a reader gets that is slower than what happens. */
class ClusterWatcherTest {
  private final Reader reader = new Reader();
  private final ClusterWatcher watcher = new ClusterWatcher(reader);

  @Test
  void aSlowReaderIsToldHowMuchWasLeftOut() {
    reader.isReady = false;
    watcher.offer(Collections.nCopies(10_000, event("kept")));
    watcher.offer(Collections.nCopies(7, event("left out")));
    watcher.drain();
    assertThat(reader.events).isEmpty();

    reader.isReady = true;
    watcher.drain();
    watcher.offer(List.of(event("next"), event("and next")));
    watcher.drain();

    assertThat(reader.events).hasSize(10_002);
    assertThat(reader.events.subList(0, 10_000)).containsOnly(event("kept"));
    assertThat(reader.events.get(10_000))
        .isEqualTo(event("next").toBuilder().setSkipped(7).build());
    assertThat(reader.events.get(10_001)).isEqualTo(event("and next"));
  }

  @Test
  void anEndIsToldOnceAfterWhatTheReaderTakes() {
    watcher.offer(List.of(event("last")));
    watcher.end(Errors.stopping(1));
    watcher.end(Errors.stopping(1));
    watcher.offer(List.of(event("too late")));
    watcher.drain();

    assertThat(reader.events).containsExactly(event("last"));
    assertThat(reader.ends).hasSize(1);
  }

  @Test
  void whoHasGoneIsSentNothing() {
    reader.isCancelled = true;
    watcher.offer(List.of(event("x")));
    watcher.drain();
    watcher.end(Errors.stopping(1));

    assertThat(reader.events).isEmpty();
    assertThat(reader.ends).isEmpty();
  }

  private static ClusterEvent event(String text) {
    return ClusterEvent.newBuilder().setText(text).build();
  }

  /** The other end of the stream. */
  private static final class Reader extends ServerCallStreamObserver<ClusterEvent> {
    final List<ClusterEvent> events = new ArrayList<>();
    final List<Throwable> ends = new ArrayList<>();
    boolean isReady = true;
    boolean isCancelled;

    @Override
    public void onNext(ClusterEvent event) {
      events.add(event);
    }

    @Override
    public void onError(Throwable thrown) {
      ends.add(thrown);
    }

    @Override
    public void onCompleted() {
      throw new AssertionError("a watch has no end of its own");
    }

    @Override
    public boolean isCancelled() {
      return isCancelled;
    }

    @Override
    public boolean isReady() {
      return isReady;
    }

    @Override
    public void setOnCancelHandler(@Nullable Runnable handler) {}

    @Override
    public void setOnReadyHandler(@Nullable Runnable handler) {}

    @Override
    public void setCompression(String compression) {}

    @Override
    public void setMessageCompression(boolean enable) {}

    @Override
    public void disableAutoInboundFlowControl() {}

    @Override
    public void request(int count) {}
  }
}
