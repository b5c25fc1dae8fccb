// SPDX-License-Identifier: Apache-2.0
package dev.almadia.simulation.workload;

import dev.almadia.simulation.kernel.SimRandom;
import dev.almadia.v1.OpenProducerRequest;
import dev.almadia.v1.OpenProducerResponse;
import dev.almadia.v1.ProduceRequest;
import dev.almadia.v1.ProduceResponse;
import dev.almadia.v1.ProducerServiceGrpc;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * A producer that names itself and numbers its records, with unary calls, one batch at a time: sent
 * again to any broker until it is known to be there, and sometimes once more after that. It opens
 * itself first, or only when it has to, and now and then while it does not know what became of a
 * batch.
 */
final class OpenedProducerClient implements WorkloadClient {
  private static final List<Long> DEADLINES_MILLIS = List.of(50L, 300L, 2_000L, 10_000L);
  private static final long OPEN_MILLIS = 5_000;
  private static final long PAUSE_MILLIS_MAX = 600;
  private static final String KIND = "numbered produce";

  /**
   * How it works.
   *
   * @param choice who chooses the partition
   * @param opensFirst else it has epoch 0 until something goes wrong
   * @param reopenShare how often it opens itself again after a failure, before it sends again
   * @param givesUpShare how often it gives up what was not there when it opened again
   * @param onceMoreShare how often it sends again what is acknowledged
   * @param pauseMillis between two batches, on average
   */
  record Style(
      Outgoing.Choice choice,
      boolean opensFirst,
      double reopenShare,
      double givesUpShare,
      double onceMoreShare,
      long pauseMillis) {
    static Style draw(SimRandom random, long pauseMillis) {
      return new Style(
          random.pick(List.of(Outgoing.Choice.values())),
          random.chance(0.5),
          random.pick(List.of(0.0, 0.1, 0.5)),
          random.pick(List.of(0.0, 0.5)),
          random.pick(List.of(0.0, 0.1, 0.3)),
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

  private boolean busy;

  OpenedProducerClient(Caller caller, Style style) {
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
    // Each call has a deadline.
  }

  @Override
  public boolean isIdle() {
    return !busy;
  }

  private void produce() {
    KnownTopic topic = caller.world().topics().pick(caller.random());
    if (busy || topic == null) {
      return;
    }
    busy = true;
    Numbering numbering =
        numberings.computeIfAbsent(
            topic.topicId(), id -> new Numbering(caller, topic, producerId, style.choice()));
    if (numbering.mustOpen() || (style.opensFirst() && numbering.epoch() == 0)) {
      open(numbering);
    } else {
      next(numbering);
    }
  }

  private void next(Numbering numbering) {
    Outgoing batch = numbering.begin(maker, KIND, numbering.anyPartition(), session);
    send(numbering, batch);
  }

  private void send(Numbering numbering, Outgoing batch) {
    numbering.sending(batch);
    ProduceRequest.Builder request =
        ProduceRequest.newBuilder()
            .setTopic(batch.topic().name())
            .setBatch(batch.batch())
            .setProducerId(producerId)
            .setProducerEpoch(numbering.epoch())
            .setFirstSequence(batch.firstSequence());
    Integer named = batch.namedPartition();
    if (named != null) {
      request.setPartition(named);
    }
    long deadlineMillis = caller.random().pick(DEADLINES_MILLIS);
    Caller.Ask ask = new Caller.Ask("Produce", caller.broker(), deadlineMillis, false);
    String where = caller.where(ask.method(), ask.broker());
    caller.<ProducerServiceGrpc.ProducerServiceStub, ProduceResponse>call(
        ask,
        ProducerServiceGrpc::newStub,
        (stub, out) -> stub.produce(request.build(), out),
        response -> {
          Problem problem = batch.answered(response.getResultsList(), where);
          if (problem == null) {
            acknowledged(numbering, batch);
          } else {
            failed(numbering, batch, problem, where);
          }
        },
        problem -> {
          batch.failed(problem);
          failed(numbering, batch, problem, where);
        });
  }

  private void acknowledged(Numbering numbering, Outgoing batch) {
    if (caller.random().chance(style.onceMoreShare()) && !caller.world().isStopping()) {
      send(numbering, batch);
    } else {
      batch.close();
      busy = false;
    }
  }

  private void failed(Numbering numbering, Outgoing batch, Problem problem, String where) {
    numbering.check(problem, false, where);
    boolean fenced = problem.is("PRODUCER_FENCED");
    if (caller.world().isStopping() || (!problem.mayPass() && !fenced)) {
      numbering.abandon();
      busy = false;
    } else if (fenced || caller.random().chance(style.reopenShare())) {
      later(() -> open(numbering));
    } else {
      later(() -> send(numbering, batch));
    }
  }

  private void later(Runnable step) {
    caller.process().afterMillis(caller.random().between(1, PAUSE_MILLIS_MAX), step);
  }

  private void open(Numbering numbering) {
    Caller.Ask ask = new Caller.Ask("OpenProducer", caller.broker(), OPEN_MILLIS, false);
    OpenProducerRequest request =
        OpenProducerRequest.newBuilder()
            .setTopic(numbering.topic().name())
            .setProducerId(producerId)
            .build();
    caller.<ProducerServiceGrpc.ProducerServiceStub, OpenProducerResponse>call(
        ask,
        ProducerServiceGrpc::newStub,
        (stub, out) -> stub.openProducer(request, out),
        response -> opened(numbering, response, caller.where(ask.method(), ask.broker())),
        problem -> {
          numbering.openingLost();
          if (caller.world().isStopping()
              || !(problem.mayPass() || problem.is("PRODUCER_FENCED"))) {
            numbering.abandon();
            busy = false;
          } else {
            later(() -> open(numbering));
          }
        });
  }

  private void opened(Numbering numbering, OpenProducerResponse response, String where) {
    if (response.getTopicId() != numbering.topic().topicId()) {
      numbering.abandon();
      busy = false;
      return;
    }
    boolean givesUp = caller.world().isStopping() || caller.random().chance(style.givesUpShare());
    List<Outgoing> again =
        numbering.opened(response.getProducerEpoch(), response.getPositionsList(), givesUp, where);
    if (!again.isEmpty()) {
      send(numbering, again.get(0));
    } else if (caller.world().isStopping()) {
      busy = false;
    } else {
      next(numbering);
    }
  }
}
