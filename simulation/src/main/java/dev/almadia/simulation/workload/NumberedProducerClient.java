// SPDX-License-Identifier: Apache-2.0
package dev.almadia.simulation.workload;

import dev.almadia.simulation.kernel.SimRandom;
import dev.almadia.v1.ProduceRequest;
import dev.almadia.v1.ProduceResponse;
import dev.almadia.v1.ProducerServiceGrpc;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A producer that names itself and numbers its records, with unary calls, one batch at a time: sent
 * again to any broker until it is known to be there, sometimes twice at once, and sometimes once
 * more after that. Each record must be there once, in the order of the numbers.
 */
final class NumberedProducerClient implements WorkloadClient {
  private static final List<Long> DEADLINES_MILLIS = List.of(50L, 300L, 2_000L, 10_000L);
  private static final long PAUSE_MILLIS_MAX = 600;
  private static final String KIND = "numbered produce";

  /**
   * How it works.
   *
   * @param choice who chooses the partition
   * @param twiceShare how often it sends a batch over two brokers at once
   * @param onceMoreShare how often it sends again what is acknowledged
   * @param pauseMillis between two batches, on average
   */
  record Style(Outgoing.Choice choice, double twiceShare, double onceMoreShare, long pauseMillis) {
    static Style draw(SimRandom random, long pauseMillis) {
      return new Style(
          random.pick(List.of(Outgoing.Choice.values())),
          random.pick(List.of(0.0, 0.1, 0.5)),
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

  /** Calls without an answer. */
  private int underWay;

  private boolean waiting;

  NumberedProducerClient(Caller caller, Style style) {
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
    return underWay == 0 && !waiting;
  }

  private void produce() {
    KnownTopic topic = caller.world().topics().pick(caller.random());
    if (!isIdle() || topic == null) {
      return;
    }
    Numbering numbering =
        numberings.computeIfAbsent(
            topic.topicId(), id -> new Numbering(caller, topic, producerId, style.choice()));
    if (!numbering.mustOpen()) {
      send(numbering, numbering.begin(maker, KIND, numbering.anyPartition(), session));
    }
  }

  private void send(Numbering numbering, Outgoing batch) {
    int times = caller.random().chance(style.twiceShare()) ? 2 : 1;
    Sending sending = new Sending(numbering, batch);
    for (int i = 0; i < times; i++) {
      sending.call();
    }
  }

  /** One or two calls with the same batch. */
  private final class Sending {
    private final Numbering numbering;
    private final Outgoing batch;
    private int open;

    /** Of the calls that failed, one that tells most. */
    private boolean isThere;

    private boolean isHopeless;

    private Sending(Numbering numbering, Outgoing batch) {
      this.numbering = numbering;
      this.batch = batch;
    }

    private void call() {
      open++;
      underWay++;
      ProduceRequest.Builder request =
          ProduceRequest.newBuilder()
              .setTopic(batch.topic().name())
              .setBatch(batch.batch())
              .setProducerId(producerId)
              .setFirstSequence(batch.firstSequence());
      Integer named = batch.namedPartition();
      if (named != null) {
        request.setPartition(named);
      }
      long deadlineMillis = caller.random().pick(DEADLINES_MILLIS);
      int broker = open == 1 ? caller.broker() : caller.anyBroker();
      Caller.Ask ask = new Caller.Ask("Produce", broker, deadlineMillis, false);
      String where = caller.where(ask.method(), ask.broker());
      caller.<ProducerServiceGrpc.ProducerServiceStub, ProduceResponse>call(
          ask,
          ProducerServiceGrpc::newStub,
          (stub, out) -> stub.produce(request.build(), out),
          response -> answered(batch.answered(response.getResultsList(), where), where),
          problem -> {
            batch.failed(problem);
            answered(problem, where);
          });
    }

    private void answered(@Nullable Problem problem, String where) {
      open--;
      underWay--;
      if (problem == null) {
        isThere = true;
      } else {
        numbering.check(problem, false, where);
        isHopeless |= !problem.mayPass();
      }
      if (open == 0) {
        ended();
      }
    }

    private void ended() {
      boolean isStopping = caller.world().isStopping();
      if (isThere && !isStopping && caller.random().chance(style.onceMoreShare())) {
        send(numbering, batch);
      } else if (isThere) {
        batch.close();
      } else if (isHopeless || isStopping) {
        giveUp();
      } else {
        waiting = true;
        caller.process().afterMillis(caller.random().between(1, PAUSE_MILLIS_MAX), this::sendAgain);
      }
    }

    private void sendAgain() {
      waiting = false;
      if (caller.world().isStopping()) {
        giveUp();
      } else {
        send(numbering, batch);
      }
    }

    private void giveUp() {
      batch.close();
      numbering.lose();
    }
  }
}
