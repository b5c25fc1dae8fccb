// SPDX-License-Identifier: Apache-2.0
package dev.almadia.simulation.workload;

import dev.almadia.simulation.kernel.SimRandom;
import dev.almadia.v1.ProduceStreamOpened;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A producer that names itself and numbers its records, over ProduceStream: after a failure it
 * opens another stream, hears where it stands, and sends the rest again, or gives it up. Sometimes
 * it opens another one although the old one lives, which then writes on as a producer does that was
 * thought to be dead: nothing of that must ever be applied.
 */
final class NumberedStreamClient implements WorkloadClient {
  private static final long REOPEN_MILLIS_MAX = 300;
  private static final String KIND = "numbered stream";
  private static final int OLD_STREAMS_MAX = 3;

  /**
   * How it works.
   *
   * @param choice who chooses the partition
   * @param givesUpShare how often it gives up what was not there when it opened again
   * @param rivalShare how often it opens another stream beside the one that it has
   * @param windowBatches batches that it leaves unacknowledged, if the broker allows so many
   * @param streamBatchesMax after so many batches a stream ends in peace
   * @param pauseMillis between two batches, on average
   */
  record Style(
      Outgoing.Choice choice,
      double givesUpShare,
      double rivalShare,
      int windowBatches,
      int streamBatchesMax,
      long pauseMillis) {
    static Style draw(SimRandom random, long pauseMillis) {
      return new Style(
          random.pick(List.of(Outgoing.Choice.values())),
          random.pick(List.of(0.0, 0.2, 0.5)),
          random.pick(List.of(0.0, 0.02, 0.1)),
          random.between(1, 12),
          random.between(5, 100),
          pauseMillis);
    }
  }

  private final Caller caller;
  private final RecordMaker maker;
  private final Style style;
  private final Pace pace;
  private final long session;
  private final String producerId;

  /** By topic id. */
  private final SortedMap<Long, Numbering> numberings = new TreeMap<>();

  /** What is to be sent again first, in order. */
  private final Deque<Outgoing> again = new ArrayDeque<>();

  /** Streams that others have taken the place of. */
  private final List<Writer> old = new ArrayList<>();

  private @Nullable Writer writer;
  private @Nullable Writer opening;
  private boolean pausing;

  NumberedStreamClient(Caller caller, Style style) {
    this.caller = caller;
    this.style = style;
    this.maker = new RecordMaker(caller.process(), caller.client());
    this.pace = new Pace(caller, style.pauseMillis(), this::produce);
    this.session = caller.world().newSession();
    this.producerId = "producer-" + caller.client();
  }

  @Override
  public void start() {
    pace.start();
  }

  @Override
  public void stop() {
    for (Writer one : streams()) {
      one.call.finish();
    }
    leaveIfStopped();
  }

  @Override
  public boolean isIdle() {
    return streams().isEmpty();
  }

  private List<Writer> streams() {
    List<Writer> streams = new ArrayList<>(old);
    Writer present = writer;
    if (present != null) {
      streams.add(present);
    }
    Writer next = opening;
    if (next != null) {
      streams.add(next);
    }
    return streams;
  }

  private void produce() {
    SimRandom random = caller.random();
    Writer present = writer;
    if (present == null) {
      openAny();
    } else if (opening == null && isOver(present)) {
      present.call.finish();
    } else if (opening == null
        && old.size() < OLD_STREAMS_MAX
        && random.chance(style.rivalShare())) {
      open(present.numbering);
    } else if (present.call.hasRoom(style.windowBatches())) {
      present.send();
    }
    if (!old.isEmpty() && random.chance(0.5)) {
      random.pick(old).writeOn();
    }
  }

  private boolean isOver(Writer present) {
    return present.call.sent() >= style.streamBatchesMax() || !present.topic.isOnlyOne();
  }

  private void openAny() {
    if (opening != null || pausing) {
      return;
    }
    Numbering inDoubt = inDoubt();
    if (inDoubt != null) {
      open(inDoubt);
      return;
    }
    KnownTopic topic = caller.world().topics().pick(caller.random());
    if (topic != null) {
      open(
          numberings.computeIfAbsent(
              topic.topicId(), id -> new Numbering(caller, topic, producerId, style.choice())));
    }
  }

  /** What waits for another opening; topics that are gone are left. */
  private @Nullable Numbering inDoubt() {
    for (Numbering one : numberings.values()) {
      if (one.isInDoubt()) {
        if (one.topic().isOpen()) {
          return one;
        }
        one.abandon();
      }
    }
    return null;
  }

  private void open(Numbering numbering) {
    Writer next = new Writer(numbering);
    opening = next;
    next.call.open();
  }

  private void leaveIfStopped() {
    if (caller.world().isStopping() && streams().isEmpty()) {
      again.forEach(Outgoing::close);
      again.clear();
      numberings.values().forEach(Numbering::abandon);
    }
  }

  /** One stream with the numbers that it goes by. */
  private final class Writer implements ProduceStreamCall.Listener {
    private final KnownTopic topic;
    private final ProduceStreamCall call;
    private Numbering numbering;
    private boolean fenced;

    private Writer(Numbering numbering) {
      this.numbering = numbering;
      this.topic = numbering.topic();
      this.call = new ProduceStreamCall(caller, topic, session, producerId, this);
    }

    private void send() {
      Outgoing waiting = again.poll();
      Outgoing batch =
          waiting == null
              ? numbering.begin(maker, KIND, numbering.anyPartition(), session)
              : waiting;
      numbering.sending(batch);
      call.send(batch);
    }

    /** As a producer does that does not know that another one took its place. */
    private void writeOn() {
      if (call.hasRoom(style.windowBatches())) {
        Outgoing batch = numbering.begin(maker, KIND, numbering.anyPartition(), session);
        batch.fence();
        call.send(batch);
      }
    }

    @Override
    public void opened(ProduceStreamOpened opened) {
      if (opened.getTopicId() != topic.topicId()) {
        call.cancel("another topic by this name");
        return;
      }
      Writer before = writer;
      if (before != null) {
        before.fenced = true;
        before.numbering = numbering.copy();
        old.add(before);
      }
      writer = this;
      opening = null;
      again.clear();
      again.addAll(
          numbering.opened(
              opened.getProducerEpoch(),
              opened.getPositionsList(),
              caller.random().chance(style.givesUpShare()),
              call.where()));
    }

    @Override
    public void ended(List<Outgoing> left, @Nullable Problem problem) {
      if (problem != null && !fenced) {
        numbering.check(problem, opening != null, call.where());
      }
      if (fenced) {
        left.stream().filter(Outgoing::isFenced).forEach(Outgoing::close);
        old.remove(this);
      } else if (opening == this) {
        opening = null;
        numbering.openingLost();
      } else {
        writer = null;
        again.clear();
        if (problem != null && !problem.mayPass() && !problem.is("PRODUCER_FENCED")) {
          numbering.abandon();
        }
      }
      pause();
      leaveIfStopped();
    }

    private void pause() {
      pausing = true;
      long millis = caller.random().between(1, REOPEN_MILLIS_MAX);
      caller.process().afterMillis(millis, () -> pausing = false);
    }
  }
}
