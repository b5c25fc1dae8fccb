// SPDX-License-Identifier: Apache-2.0
package dev.almadia.simulation.workload;

import dev.almadia.simulation.kernel.SimRandom;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Appends over ProduceStream: batches are sent without waiting, within a window, and acknowledged
 * in order. After a failure it opens another stream at another broker, and sends again what was not
 * acknowledged, or leaves it.
 */
final class StreamProducerClient implements WorkloadClient {
  private static final long REOPEN_MILLIS_MAX = 300;

  /**
   * How it works.
   *
   * @param choice who chooses the partition
   * @param resends sends again what was not acknowledged, on the next stream
   * @param windowBatches batches that it leaves unacknowledged, if the broker allows so many
   * @param streamBatchesMax after so many batches a stream ends in peace
   * @param pauseMillis between two batches, on average
   */
  record Style(
      Outgoing.Choice choice,
      boolean resends,
      int windowBatches,
      int streamBatchesMax,
      long pauseMillis) {
    static Style draw(SimRandom random, long pauseMillis) {
      return new Style(
          random.pick(List.of(Outgoing.Choice.values())),
          random.chance(0.5),
          random.between(1, 12),
          random.between(10, 200),
          pauseMillis);
    }
  }

  private final Caller caller;
  private final RecordMaker maker;
  private final Style style;
  private final Pace pace;
  private final long lastingSession;

  /** What failed and is to be sent again, in order. */
  private final Deque<Outgoing> again = new ArrayDeque<>();

  private @Nullable ProduceStreamCall stream;
  private boolean reopening;
  private int partition;

  StreamProducerClient(Caller caller, Style style) {
    this.caller = caller;
    this.style = style;
    this.maker = new RecordMaker(caller.process(), caller.client());
    this.pace = new Pace(caller, style.pauseMillis(), this::produce);
    this.lastingSession = caller.world().newSession();
  }

  @Override
  public void start() {
    pace.start();
  }

  @Override
  public void stop() {
    again.forEach(Outgoing::close);
    again.clear();
    if (stream != null) {
      stream.finish();
    }
  }

  @Override
  public boolean isIdle() {
    return stream == null;
  }

  private void produce() {
    ProduceStreamCall open = stream;
    if (open == null) {
      open();
    } else if (open.sent() >= style.streamBatchesMax() || !open.topic().isOnlyOne()) {
      // A stream may have waited so long to be opened that it met another topic of the same name.
      open.finish();
    } else if (open.hasRoom(style.windowBatches())) {
      open.send(nextOf(open));
    }
  }

  private void open() {
    KnownTopic topic =
        again.isEmpty() ? caller.world().topics().pick(caller.random()) : again.element().topic();
    if (topic == null || reopening) {
      return;
    }
    long session = style.resends() ? lastingSession : caller.world().newSession();
    partition = caller.random().below(topic.partitions());
    ProduceStreamCall opened = new ProduceStreamCall(caller, topic, session, "", this::ended);
    stream = opened;
    opened.open();
  }

  private Outgoing nextOf(ProduceStreamCall open) {
    Outgoing waiting = again.poll();
    if (waiting != null) {
      return waiting;
    }
    if (caller.random().chance(0.2)) {
      partition = caller.random().below(open.topic().partitions());
    }
    return Outgoing.begin(
        caller,
        maker,
        open.topic(),
        new Outgoing.Plan(
            "stream", style.choice(), partition, open.session(), !style.resends(), null));
  }

  /** The stream is over; these batches were not acknowledged, and have noted what is known. */
  private void ended(List<Outgoing> left, @Nullable Problem problem) {
    stream = null;
    boolean mayPass = problem == null || problem.mayPass();
    if (style.resends() && mayPass && !caller.world().isStopping()) {
      List<Outgoing> later = new ArrayList<>(again);
      again.clear();
      again.addAll(left);
      again.addAll(later);
    } else {
      left.forEach(Outgoing::close);
      again.forEach(Outgoing::close);
      again.clear();
    }
    if (!caller.world().isStopping()) {
      reopening = true;
      caller
          .process()
          .afterMillis(
              caller.random().between(1, REOPEN_MILLIS_MAX),
              () -> {
                reopening = false;
                if (!caller.world().isStopping()) {
                  open();
                }
              });
    }
  }
}
