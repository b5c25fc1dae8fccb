// SPDX-License-Identifier: Apache-2.0
package dev.almadia.simulation.workload;

import dev.almadia.history.PartitionId;
import dev.almadia.history.Read;
import dev.almadia.history.Recorder;
import dev.almadia.history.Seen;
import dev.almadia.simulation.kernel.SimRandom;
import dev.almadia.v1.ConsumerServiceGrpc;
import dev.almadia.v1.Earliest;
import dev.almadia.v1.EmptyReason;
import dev.almadia.v1.FetchRequest;
import dev.almadia.v1.FetchResponse;
import dev.almadia.v1.Latest;
import dev.almadia.v1.Position;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads with Fetch, one call after the other: mostly on from where it stands, sometimes from the
 * start, the end, a time, or again what it has seen before.
 */
final class FetchClient implements WorkloadClient {
  private static final List<Integer> WAITS_MILLIS = List.of(0, 0, 50, 300, 2_000);
  private static final List<Long> BYTES_MAX = List.of(0L, 1L, 300L, 4_096L);

  /** Share of reads that begin where somebody else's acknowledged write ends. */
  private static final double FRESH = 0.1;

  /**
   * How it works.
   *
   * @param direct talks to the leader itself and forbids forwarding
   * @param tails mostly reads on at the end; else mostly jumps
   * @param pauseMillis between two calls, on average
   */
  record Style(boolean direct, boolean tails, long pauseMillis) {
    static Style draw(SimRandom random, long pauseMillis) {
      return new Style(random.chance(0.25), random.chance(0.6), pauseMillis);
    }
  }

  private final Caller caller;
  private final Style style;
  private final Pace pace;
  private @Nullable KnownTopic topic;
  private int partition;
  private long session;
  private int lastBroker;
  private long nextOffset;
  private long readableEnd;
  private long leader;
  private boolean busy;

  FetchClient(Caller caller, Style style) {
    this.caller = caller;
    this.style = style;
    this.pace = new Pace(caller, style.pauseMillis(), this::fetch);
  }

  @Override
  public void start() {
    pace.start();
  }

  @Override
  public void stop() {
    // Each call has a deadline.
  }

  @Override
  public boolean isIdle() {
    return !busy;
  }

  private void fetch() {
    SimRandom random = caller.random();
    KnownTopic reading = topic;
    if (busy) {
      return;
    }
    if (reading == null || !reading.isOpen() || random.chance(0.03)) {
      reading = caller.world().topics().pick(random);
      if (reading == null) {
        return;
      }
      moveTo(reading);
    }
    int records = random.chance(0.2) ? random.between(1, 5) : 0;
    FetchRequest request =
        FetchRequest.newBuilder()
            .setTopic(reading.name())
            .setPartition(partition)
            .setPosition(position(reading.partition(partition)))
            .setMaxWaitMs(random.pick(WAITS_MILLIS))
            .setMaxBytes(random.pick(BYTES_MAX))
            .setMaxRecords(records)
            .build();
    new Fetching(reading, request).begin();
  }

  private void moveTo(KnownTopic other) {
    topic = other;
    partition = caller.random().below(other.partitions());
    session = caller.world().newSession();
    nextOffset = 0;
    readableEnd = 0;
    leader = 0;
  }

  private Position.Builder position(PartitionId where) {
    SimRandom random = caller.random();
    Position.Builder position = Position.newBuilder();
    if (random.chance(FRESH)) {
      return position.setOffset(caller.world().acknowledgedEnd(where));
    }
    if (random.chance(style.tails() ? 0.9 : 0.5)) {
      return position.setOffset(nextOffset);
    }
    return switch (random.below(12)) {
      case 0, 1 -> position.setEarliest(Earliest.getDefaultInstance());
      case 2, 3 -> position.setLatest(Latest.getDefaultInstance());
      case 4 -> position.setTimestampMs(caller.process().wallMillis() - random.below(20_000));
      case 5 -> position.setTailRecords(random.below(20));
      case 6 -> position.setOffset(readableEnd + random.between(1, 1_000));
      default -> position.setOffset(random.below(readableEnd + 1));
    };
  }

  /** One call. */
  private final class Fetching {
    private final KnownTopic from;
    private final PartitionId where;
    private final FetchRequest request;
    private final Recorder.Begun<Read> begun;
    private final Caller.Ask ask;
    private final long acknowledgedEnd;

    private Fetching(KnownTopic from, FetchRequest request) {
      this.from = from;
      this.where = from.partition(request.getPartition());
      this.request = request;
      boolean direct = style.direct() && leader > 0;
      int broker = direct ? (int) leader : caller.broker();
      if (broker != lastBroker) {
        // A broker that has lost its lead and does not know it yet is behind, and may be.
        lastBroker = broker;
        session = caller.world().newSession();
      }
      boolean atOffset = request.getPosition().hasOffset();
      long offset = atOffset ? request.getPosition().getOffset() : Read.ON;
      this.begun =
          caller
              .world()
              .recorder()
              .begin(
                  caller.client(),
                  session,
                  call -> Read.begun(call, where, Read.Kind.FETCH, offset));
      this.acknowledgedEnd = caller.world().acknowledgedEnd(where);
      this.ask =
          new Caller.Ask(
              "Fetch",
              broker,
              request.getMaxWaitMs() + caller.random().between(300, 6_000),
              direct);
    }

    private void begin() {
      busy = true;
      caller.<ConsumerServiceGrpc.ConsumerServiceStub, FetchResponse>call(
          ask,
          ConsumerServiceGrpc::newStub,
          (stub, out) -> stub.fetch(request, out),
          this::answered,
          this::failed);
    }

    private void answered(FetchResponse response) {
      busy = false;
      leader = response.getHint().getLeaderBrokerId();
      if (!from.isOnlyOne()) {
        end(read -> read, false); // nobody knows which incarnation it was
        return;
      }
      long start = startOf(response);
      List<Seen> records = Records.seen(response.getBatchesList(), start);
      check(response, start, records);
      nextOffset = response.getNextOffset();
      readableEnd = Math.max(readableEnd, Math.max(nextOffset, response.getHighWatermark()));
      Read.Answer answer =
          new Read.Answer(
              records, nextOffset, response.getHighWatermark(), response.getLogStartOffset(), 0);
      end(
          read ->
              new Read(read.call(), read.partition(), read.kind(), start, Read.Answer.FAILED)
                  .answered(answer),
          true);
    }

    /** Where the answer begins, if the request named no offset. */
    private long startOf(FetchResponse response) {
      return switch (request.getPosition().getAtCase()) {
        case OFFSET -> request.getPosition().getOffset();
        case EARLIEST -> response.getLogStartOffset();
        default ->
            response.getBatchesCount() == 0
                ? response.getNextOffset()
                : response.getBatches(0).getFirstOffset();
      };
    }

    private void check(FetchResponse response, long start, List<Seen> records) {
      long expected = start;
      for (Seen record : records) {
        if (record.offset() != expected++) {
          wrong("records have no gap", response);
        }
      }
      if (response.getNextOffset() != start + records.size()
          || response.getNextOffset() > response.getHighWatermark()
          || start < response.getLogStartOffset()) {
        wrong("offsets fit each other", response);
      }
      boolean empty = response.getEmptyReason() == EmptyReason.EMPTY_REASON_CAUGHT_UP;
      if (records.isEmpty() != empty
          || (request.getMaxRecords() > 0 && records.size() > request.getMaxRecords())
          || !Records.flawOf(response.getBatchesList()).isEmpty()) {
        wrong("an answer is as it was asked for", response);
      }
    }

    private void wrong(String rule, FetchResponse response) {
      String batches =
          response.getBatchesList().stream()
              .map(batch -> batch.getFirstOffset() + "+" + batch.getRecordCount())
              .toList()
              .toString();
      caller
          .world()
          .conduct()
          .broken(
              "G3",
              rule,
              caller.where(ask.method(), ask.broker())
                  + " of "
                  + where
                  + ": asked from "
                  + request.getPosition().getAtCase()
                  + " "
                  + request.getPosition().getOffset()
                  + ", got "
                  + batches
                  + " next "
                  + response.getNextOffset()
                  + " of "
                  + response.getLogStartOffset()
                  + ".."
                  + response.getHighWatermark());
    }

    private void failed(Problem problem) {
      busy = false;
      leader = problem.is("NOT_LEADER") ? problem.number("leader_broker_id") : 0;
      boolean outOfRange = problem.is("OFFSET_OUT_OF_RANGE");
      if (outOfRange) {
        outOfRange(problem);
      }
      end(read -> read, false);
    }

    private void outOfRange(Problem problem) {
      long offset = request.getPosition().getOffset();
      long end = problem.number("high_watermark");
      if (offset >= problem.number("log_start_offset") && offset <= end) {
        caller
            .world()
            .conduct()
            .wrong("an offset in range is served", where + " " + problem.metadata());
      } else if (from.isOpen() && from.isSynced() && end < readableEnd && leadsOn()) {
        caller
            .world()
            .conduct()
            .broken(
                "G4",
                "what was readable stays readable",
                where + " was readable up to " + readableEnd + ", now: " + problem.metadata());
      }
      if (offset <= acknowledgedEnd && end < offset && from.isOpen() && from.isSynced()) {
        caller
            .world()
            .conduct()
            .broken(
                "G5",
                "what was acknowledged is in range",
                where + " was acknowledged up to " + acknowledgedEnd + ": " + problem.metadata());
      }
      nextOffset = Math.max(0, Math.min(nextOffset, end));
      if (offset < problem.number("log_start_offset") && leadsOn()) {
        nextOffset = problem.number("log_start_offset");
        session = caller.world().newSession();
      }
    }

    /** Whether this client still reads the same partition. */
    private boolean leadsOn() {
      return topic == from && partition == where.partition();
    }

    private void end(java.util.function.UnaryOperator<Read> change, boolean succeeded) {
      begun.complete(change);
      caller.world().counts().addRead("fetch", succeeded);
    }
  }
}
