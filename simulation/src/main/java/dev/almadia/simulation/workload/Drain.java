// SPDX-License-Identifier: Apache-2.0
package dev.almadia.simulation.workload;

import dev.almadia.history.Read;
import dev.almadia.history.Recorder;
import dev.almadia.history.Seen;
import dev.almadia.v1.Earliest;
import dev.almadia.v1.Latest;
import dev.almadia.v1.Position;
import dev.almadia.v1.SubscribeProgress;
import dev.almadia.v1.SubscribeRequest;
import dev.almadia.v1.SubscribedRecords;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * After healing: follows all partitions of each topic from the start to the end as it is then, one
 * topic after the other. What was acknowledged must come. A stream that fails is begun anew, as
 * another session.
 */
final class Drain implements SubscribeCall.Listener {
  private static final long STREAM_MILLIS_MAX = 10_000;
  private static final long PAUSE_MILLIS = 100;

  /** One partition of the stream under way. */
  private static final class Reading {
    private Recorder.Begun<Read> begun;
    private long nextOffset;
    private boolean done;

    private Reading(Recorder.Begun<Read> begun) {
      this.begun = begun;
    }
  }

  private final Caller caller;
  private final List<Integer> brokers;
  private final Deque<KnownTopic> waiting = new ArrayDeque<>();
  private final SortedMap<Integer, Reading> readings = new TreeMap<>();
  private @Nullable KnownTopic topic;
  private long session;
  private boolean done;
  private String lastProblem = "nothing was tried";

  /**
   * A drain.
   *
   * @param brokers the healthy ones
   */
  Drain(Caller caller, List<Integer> brokers) {
    this.caller = caller;
    this.brokers = List.copyOf(brokers);
  }

  void start(List<KnownTopic> topics) {
    waiting.addAll(topics);
    next();
  }

  boolean isDone() {
    return done;
  }

  /** What kept it from being done. */
  String lastProblem() {
    return lastProblem;
  }

  private void next() {
    KnownTopic following = waiting.poll();
    topic = following;
    if (following == null) {
      done = true;
    } else {
      open(following);
    }
  }

  private void open(KnownTopic from) {
    session = caller.world().newSession();
    readings.clear();
    for (int number = 0; number < from.partitions(); number++) {
      readings.put(number, new Reading(begin(from, number)));
    }
    SubscribeRequest request =
        SubscribeRequest.newBuilder()
            .setTopic(from.name())
            .setStart(Position.newBuilder().setEarliest(Earliest.getDefaultInstance()))
            .setStop(Position.newBuilder().setLatest(Latest.getDefaultInstance()))
            .setProgressIntervalMs(1_000)
            .build();
    SubscribeCall.Reader reader = new SubscribeCall.Reader(0, STREAM_MILLIS_MAX, true);
    new SubscribeCall(caller, caller.random().pick(brokers), reader, this).open(request);
  }

  private Recorder.Begun<Read> begin(KnownTopic from, int partition) {
    return caller
        .world()
        .recorder()
        .begin(
            caller.client(),
            session,
            call -> Read.begun(call, from.partition(partition), Read.Kind.SUBSCRIBE, Read.ON));
  }

  @Override
  public void records(SubscribedRecords message, String where) {
    Reading reading = readings.get(message.getPartition());
    KnownTopic from = topic;
    if (reading == null || from == null || reading.done) {
      wrong(where + ": partition " + message.getPartition() + " of " + from);
      return;
    }
    List<Seen> records = Records.seen(message.getBatchesList(), reading.nextOffset);
    reading.nextOffset = message.getNextOffset();
    reading.begun.complete(
        read ->
            read.answered(
                new Read.Answer(
                    records, message.getNextOffset(), message.getHighWatermark(), -1, 0)));
    reading.begun = begin(from, message.getPartition());
  }

  @Override
  public void progress(SubscribeProgress message, String where) {
    Reading reading = readings.get(message.getPartition());
    if (reading == null || reading.done) {
      wrong(where + ": partition " + message.getPartition() + " of " + topic);
    } else if (message.getDone()) {
      reading.done = true;
      Read.Answer end =
          new Read.Answer(List.of(), message.getNextOffset(), message.getHighWatermark(), -1, 0);
      reading.begun.complete(
          read ->
              Read.begun(read.call(), read.partition(), Read.Kind.DRAIN, Read.ON).answered(end));
    }
  }

  private void wrong(String text) {
    caller.world().conduct().wrong("a subscription gets what it asked for", text);
  }

  @Override
  public void ended(@Nullable Problem problem) {
    KnownTopic from = topic;
    boolean complete = true;
    for (Reading reading : readings.values()) {
      complete &= reading.done;
      if (!reading.done) {
        reading.begun.complete(read -> read);
      }
    }
    if (complete || from == null) {
      next();
      return;
    }
    lastProblem = from + ": " + (problem == null ? "the stream ended" : problem);
    caller.process().afterMillis(caller.random().between(1, PAUSE_MILLIS), () -> open(from));
  }
}
