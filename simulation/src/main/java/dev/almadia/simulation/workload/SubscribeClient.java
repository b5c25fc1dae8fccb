// SPDX-License-Identifier: Apache-2.0
package dev.almadia.simulation.workload;

import dev.almadia.history.Read;
import dev.almadia.history.Recorder;
import dev.almadia.history.Seen;
import dev.almadia.simulation.kernel.SimRandom;
import dev.almadia.v1.Earliest;
import dev.almadia.v1.Latest;
import dev.almadia.v1.Position;
import dev.almadia.v1.SubscribeProgress;
import dev.almadia.v1.SubscribeRequest;
import dev.almadia.v1.SubscribedRecords;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Follows one partition or all of a topic with Subscribe. Of one partition it reads on, at another
 * broker, where a stream ended; several it begins anew. Each answer is an operation of its own.
 */
final class SubscribeClient implements WorkloadClient, SubscribeCall.Listener {
  private static final long REOPEN_MILLIS_MAX = 1_000;
  private static final long STREAM_MILLIS_MAX = 20_000;

  /**
   * How it works.
   *
   * @param manyPartitions follows all partitions of a topic in one stream
   * @param fromEnd begins at the end, else at the start
   * @param slowness share of the messages after which it does not read for a while
   */
  record Style(boolean manyPartitions, boolean fromEnd, double slowness) {
    static Style draw(SimRandom random) {
      return new Style(
          random.chance(0.3), random.chance(0.3), random.pick(List.of(0.0, 0.0, 0.1, 0.5)));
    }
  }

  /** How far one partition is read. */
  private static final class Reading {
    /** -1 until the first answer of a stream that began at the start or end. */
    private long nextOffset;

    private Recorder.@Nullable Begun<Read> begun;

    private Reading(long nextOffset) {
      this.nextOffset = nextOffset;
    }
  }

  private final Caller caller;
  private final Style style;
  private final SortedMap<Integer, Reading> readings = new TreeMap<>();
  private @Nullable KnownTopic topic;
  private long session;
  private @Nullable SubscribeCall stream;

  SubscribeClient(Caller caller, Style style) {
    this.caller = caller;
    this.style = style;
  }

  @Override
  public void start() {
    openLater();
  }

  @Override
  public void stop() {
    if (stream != null) {
      stream.cancel("the client stops");
    }
  }

  @Override
  public boolean isIdle() {
    return stream == null;
  }

  private void openLater() {
    if (!caller.world().isStopping()) {
      caller.process().afterMillis(caller.random().between(1, REOPEN_MILLIS_MAX), this::open);
    }
  }

  private void open() {
    if (caller.world().isStopping()) {
      return;
    }
    SimRandom random = caller.random();
    KnownTopic reading = topic;
    if (reading == null || !reading.isOpen() || style.manyPartitions() || random.chance(0.1)) {
      reading = caller.world().topics().pick(random);
      if (reading == null) {
        openLater();
        return;
      }
      moveTo(reading);
    }
    SubscribeRequest.Builder request =
        SubscribeRequest.newBuilder()
            .setTopic(reading.name())
            .addAllPartitions(readings.keySet())
            .setStart(startPosition())
            .setProgressIntervalMs(random.between(500, 2_000));
    readings.forEach(this::expect);
    SubscribeCall.Reader reader =
        new SubscribeCall.Reader(style.slowness(), random.between(500, STREAM_MILLIS_MAX), false);
    SubscribeCall opened = new SubscribeCall(caller, caller.broker(), reader, this);
    stream = opened;
    opened.open(request.build());
  }

  private void moveTo(KnownTopic other) {
    topic = other;
    session = caller.world().newSession();
    readings.clear();
    if (style.manyPartitions()) {
      for (int number = 0; number < other.partitions(); number++) {
        readings.put(number, new Reading(-1));
      }
    } else {
      readings.put(caller.random().below(other.partitions()), new Reading(-1));
    }
  }

  private Position.Builder startPosition() {
    Reading only = readings.size() == 1 ? readings.get(readings.firstKey()) : null;
    if (only != null && only.nextOffset >= 0) {
      return Position.newBuilder().setOffset(only.nextOffset);
    }
    return style.fromEnd()
        ? Position.newBuilder().setLatest(Latest.getDefaultInstance())
        : Position.newBuilder().setEarliest(Earliest.getDefaultInstance());
  }

  /** The next answer of a partition begins to be waited for. */
  private void expect(int partition, Reading reading) {
    KnownTopic from = topic;
    if (from != null) {
      reading.begun =
          caller
              .world()
              .recorder()
              .begin(
                  caller.client(),
                  session,
                  call ->
                      Read.begun(call, from.partition(partition), Read.Kind.SUBSCRIBE, Read.ON));
    }
  }

  /** Of a name that was used again nobody knows which incarnation answers. */
  private boolean isDoubtful() {
    KnownTopic from = topic;
    boolean doubtful = from == null || !from.isOnlyOne();
    SubscribeCall open = stream;
    if (doubtful && open != null) {
      topic = null;
      open.cancel("another topic has the name");
    }
    return doubtful;
  }

  @Override
  public void records(SubscribedRecords message, String where) {
    if (isDoubtful()) {
      return;
    }
    Reading reading = readings.get(message.getPartition());
    if (reading == null || message.getBatchesCount() == 0) {
      wrong("a subscription gets what it asked for", where, message.getPartition());
      return;
    }
    long first = message.getBatches(0).getFirstOffset();
    long start = reading.nextOffset >= 0 ? reading.nextOffset : first;
    List<Seen> records = Records.seen(message.getBatchesList(), start);
    boolean dense = message.getNextOffset() == start + records.size();
    for (int i = 0; i < records.size(); i++) {
      dense &= records.get(i).offset() == start + i;
    }
    if (!dense || !Records.flawOf(message.getBatchesList()).isEmpty()) {
      wrong("a subscription leaves nothing out", where, message.getPartition());
    }
    answered(
        message.getPartition(),
        reading,
        start,
        new Read.Answer(records, message.getNextOffset(), message.getHighWatermark(), -1, 0));
  }

  @Override
  public void progress(SubscribeProgress message, String where) {
    if (isDoubtful()) {
      return;
    }
    Reading reading = readings.get(message.getPartition());
    if (reading == null) {
      wrong("a subscription gets what it asked for", where, message.getPartition());
      return;
    }
    if (reading.nextOffset >= 0 && reading.nextOffset != message.getNextOffset()) {
      wrong("a subscription leaves nothing out", where, message.getPartition());
    }
    answered(
        message.getPartition(),
        reading,
        message.getNextOffset(),
        new Read.Answer(List.of(), message.getNextOffset(), message.getHighWatermark(), -1, 0));
  }

  private void answered(int partition, Reading reading, long start, Read.Answer answer) {
    Recorder.Begun<Read> begun = reading.begun;
    if (begun == null) {
      return;
    }
    long requested = reading.nextOffset >= 0 ? Read.ON : start;
    begun.complete(
        read ->
            new Read(read.call(), read.partition(), read.kind(), requested, Read.Answer.FAILED)
                .answered(answer));
    reading.nextOffset = answer.nextOffset();
    if (!answer.records().isEmpty()) {
      caller.world().counts().addRead("subscribe", true);
    }
    expect(partition, reading);
  }

  private void wrong(String rule, String where, int partition) {
    Reading reading = readings.get(partition);
    caller
        .world()
        .conduct()
        .broken(
            "G4",
            rule,
            where
                + ": partition "
                + partition
                + " of "
                + topic
                + ", stands at "
                + (reading == null ? "nothing" : reading.nextOffset));
  }

  @Override
  public void ended(@Nullable Problem problem) {
    stream = null;
    if (problem != null) {
      caller.world().counts().addRead("subscribe", false);
    }
    for (Reading reading : new ArrayList<>(readings.values())) {
      Recorder.Begun<Read> begun = reading.begun;
      if (begun != null) {
        begun.complete(read -> read);
        reading.begun = null;
      }
    }
    if (problem != null && problem.is("OFFSET_OUT_OF_RANGE")) {
      outOfRange(problem);
    }
    openLater();
  }

  private void outOfRange(Problem problem) {
    KnownTopic from = topic;
    boolean isCut = problem.number("offset") < problem.number("log_start_offset");
    if (from != null && from.isOpen() && from.isSynced() && !isCut) {
      caller
          .world()
          .conduct()
          .broken(
              "G4",
              "what was readable stays readable",
              "client " + caller.client() + " subscribes to " + from + ": " + problem.metadata());
    }
    topic = null;
  }
}
