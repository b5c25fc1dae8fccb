// SPDX-License-Identifier: Apache-2.0
package dev.almadia.simulation.workload;

import dev.almadia.history.Recorder;
import dev.almadia.history.Resolve;
import dev.almadia.simulation.kernel.SimRandom;
import dev.almadia.v1.ConsumerServiceGrpc;
import dev.almadia.v1.Earliest;
import dev.almadia.v1.Latest;
import dev.almadia.v1.Position;
import dev.almadia.v1.ResolveOffsetsRequest;
import dev.almadia.v1.ResolveOffsetsResponse;
import dev.almadia.v1.ResolvedOffset;
import java.util.ArrayList;
import java.util.List;

/**
 * Asks for offsets: mostly the linearizable end, sometimes the start or a time. Now and then it
 * asks every broker itself for the end: also one that only believes that it leads.
 */
final class ResolveClient implements WorkloadClient {
  private static final List<Long> DEADLINES_MILLIS = List.of(200L, 2_000L, 10_000L);
  private static final long AGE_MILLIS_MAX = 30_000;
  private static final double EVERYWHERE = 0.3;

  private final Caller caller;
  private final Pace pace;
  private final long session;
  private int underWay;

  /**
   * A client.
   *
   * @param pauseMillis between two calls, on average
   */
  ResolveClient(Caller caller, long pauseMillis) {
    this.caller = caller;
    this.pace = new Pace(caller, pauseMillis, this::resolve);
    this.session = caller.world().newSession();
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
    return underWay == 0;
  }

  private void resolve() {
    SimRandom random = caller.random();
    KnownTopic topic = caller.world().topics().pick(random);
    if (topic == null) {
      return;
    }
    List<Integer> partitions = new ArrayList<>();
    boolean everywhere = random.chance(EVERYWHERE);
    if (!everywhere && random.chance(0.5)) {
      partitions.add(random.below(topic.partitions()));
    } else {
      for (int number = 0; number < topic.partitions(); number++) {
        partitions.add(number);
      }
    }
    if (!everywhere) {
      ask(topic, partitions, question(), call(caller.broker(), false));
      return;
    }
    for (int broker : caller.world().cluster().deployed()) {
      ask(topic, partitions, Resolve.Question.LATEST, call(broker, true));
    }
  }

  private Caller.Ask call(int broker, boolean direct) {
    return new Caller.Ask("ResolveOffsets", broker, caller.random().pick(DEADLINES_MILLIS), direct);
  }

  private void ask(
      KnownTopic topic, List<Integer> partitions, Resolve.Question question, Caller.Ask ask) {
    List<Recorder.Begun<Resolve>> begun = new ArrayList<>();
    for (int partition : partitions) {
      begun.add(
          caller
              .world()
              .recorder()
              .begin(
                  caller.client(),
                  session,
                  call -> Resolve.begun(call, topic.partition(partition), question)));
    }
    ResolveOffsetsRequest request =
        ResolveOffsetsRequest.newBuilder()
            .setTopic(topic.name())
            .addAllPartitions(partitions)
            .setPosition(position(question))
            .build();
    underWay++;
    caller.<ConsumerServiceGrpc.ConsumerServiceStub, ResolveOffsetsResponse>call(
        ask,
        ConsumerServiceGrpc::newStub,
        (stub, out) -> stub.resolveOffsets(request, out),
        response -> answered(topic, ask, begun, request, response),
        problem -> failed(begun));
  }

  private Resolve.Question question() {
    SimRandom random = caller.random();
    return switch (random.below(10)) {
      case 0 -> Resolve.Question.EARLIEST;
      case 1, 2 ->
          Resolve.Question.time(caller.process().wallMillis() - random.below(AGE_MILLIS_MAX));
      default -> Resolve.Question.LATEST;
    };
  }

  private static Position position(Resolve.Question question) {
    return switch (question.position()) {
      case EARLIEST -> Position.newBuilder().setEarliest(Earliest.getDefaultInstance()).build();
      case LATEST -> Position.newBuilder().setLatest(Latest.getDefaultInstance()).build();
      case TIME -> Position.newBuilder().setTimestampMs(question.timestampMillis()).build();
    };
  }

  private void answered(
      KnownTopic topic,
      Caller.Ask ask,
      List<Recorder.Begun<Resolve>> begun,
      ResolveOffsetsRequest request,
      ResolveOffsetsResponse response) {
    underWay--;
    String where = caller.where(ask.method(), ask.broker());
    List<Integer> got =
        response.getOffsetsList().stream().map(ResolvedOffset::getPartition).toList();
    if (!got.equals(request.getPartitionsList())) {
      caller
          .world()
          .conduct()
          .wrong(
              "offsets come in the order asked",
              where + ": " + got + " for " + request.getPartitionsList());
      return;
    }
    for (int i = 0; i < begun.size(); i++) {
      ResolvedOffset offset = response.getOffsets(i);
      boolean failed = offset.hasFailure();
      if (failed) {
        caller.world().conduct().check(where, Problem.ofPart(offset.getFailure()), false);
      } else if (offset.getOffset() < offset.getLogStartOffset()
          || offset.getOffset() > offset.getHighWatermark()) {
        caller.world().conduct().wrong("a resolved offset is in range", where + ": " + offset);
      }
      // Of a name that was used again nobody knows which incarnation answered.
      boolean counts = !failed && topic.isOnlyOne();
      begun.get(i).complete(asked -> counts ? asked.answered(offset.getOffset()) : asked);
      caller.world().counts().addRead("resolve", counts);
    }
  }

  private void failed(List<Recorder.Begun<Resolve>> begun) {
    underWay--;
    for (Recorder.Begun<Resolve> one : begun) {
      one.complete(question -> question);
      caller.world().counts().addRead("resolve", false);
    }
  }
}
