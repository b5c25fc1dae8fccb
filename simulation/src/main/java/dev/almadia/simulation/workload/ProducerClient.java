// SPDX-License-Identifier: Apache-2.0
package dev.almadia.simulation.workload;

import dev.almadia.history.PartitionId;
import dev.almadia.simulation.kernel.SimRandom;
import dev.almadia.v1.PartitionResult;
import dev.almadia.v1.ProduceRequest;
import dev.almadia.v1.ProduceResponse;
import dev.almadia.v1.ProducerServiceGrpc;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Appends with unary calls, several at a time. Without retries each value is sent once; with
 * retries the same values are sent again until they are acknowledged, and may be there twice.
 */
final class ProducerClient implements WorkloadClient {
  private static final List<Long> DEADLINES_MILLIS =
      List.of(50L, 300L, 2_000L, 2_000L, 10_000L, 10_000L, 30_000L);
  private static final long RETRY_PAUSE_MILLIS_MIN = 20;
  private static final int DOUBLINGS_MAX = 5;
  private static final int ATTEMPTS_MAX = 100;

  /**
   * How it works.
   *
   * @param choice who chooses the partition
   * @param sticky names the same partition again and again
   * @param direct talks to the leader itself and forbids forwarding; only if it names partitions
   * @param retries sends again what failed
   * @param underWayMax calls at a time
   * @param pauseMillis between the beginnings of two batches, on average
   */
  record Style(
      Outgoing.Choice choice,
      boolean sticky,
      boolean direct,
      boolean retries,
      int underWayMax,
      long pauseMillis) {
    static Style draw(SimRandom random, long pauseMillis) {
      boolean direct = random.chance(0.3);
      return new Style(
          direct ? Outgoing.Choice.NAMED : random.pick(List.of(Outgoing.Choice.values())),
          random.chance(0.3),
          direct,
          random.chance(0.4),
          random.between(1, 5),
          pauseMillis);
    }
  }

  private final Caller caller;
  private final RecordMaker maker;
  private final Style style;
  private final Pace pace;
  private final SortedMap<PartitionId, Integer> leaders = new TreeMap<>();
  private final long session;
  private int underWay;
  private int stickyPartition;

  ProducerClient(Caller caller, Style style) {
    this.caller = caller;
    this.style = style;
    this.maker = new RecordMaker(caller.process(), caller.client());
    this.pace = new Pace(caller, style.pauseMillis(), this::produce);
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

  private void produce() {
    SimRandom random = caller.random();
    KnownTopic topic = caller.world().topics().pick(random);
    if (topic == null || underWay >= style.underWayMax()) {
      return;
    }
    if (!style.sticky() || random.chance(0.02)) {
      stickyPartition = random.below(Integer.MAX_VALUE);
    }
    Outgoing.Plan plan =
        new Outgoing.Plan(
            "produce", style.choice(), stickyPartition % topic.partitions(), session, false, null);
    underWay++;
    new Sending(Outgoing.begin(caller, maker, topic, plan)).send();
  }

  /** One batch with its attempts. */
  private final class Sending {
    private final Outgoing batch;
    private int attempts;

    private Sending(Outgoing batch) {
      this.batch = batch;
    }

    private void send() {
      attempts++;
      ProduceRequest.Builder request =
          ProduceRequest.newBuilder().setTopic(batch.topic().name()).setBatch(batch.batch());
      Integer named = batch.namedPartition();
      if (named != null) {
        request.setPartition(named);
      }
      long deadlineMillis = caller.random().pick(DEADLINES_MILLIS);
      Caller.Ask ask = new Caller.Ask("Produce", target(), deadlineMillis, style.direct());
      caller.<ProducerServiceGrpc.ProducerServiceStub, ProduceResponse>call(
          ask,
          ProducerServiceGrpc::newStub,
          (stub, out) -> stub.produce(request.build(), out),
          response -> answered(ask, response),
          this::failed);
    }

    private int target() {
      Integer named = batch.namedPartition();
      Integer leader =
          style.direct() && named != null ? leaders.get(batch.topic().partition(named)) : null;
      return leader == null ? caller.broker() : leader;
    }

    private void answered(Caller.Ask ask, ProduceResponse response) {
      Problem problem =
          batch.answered(response.getResultsList(), caller.where(ask.method(), ask.broker()));
      for (PartitionResult result : response.getResultsList()) {
        learn(result.getPartition(), result.getHint().getLeaderBrokerId());
      }
      ended(problem);
    }

    private void failed(Problem problem) {
      Integer named = batch.namedPartition();
      if (named != null) {
        learn(named, problem.is("NOT_LEADER") ? problem.number("leader_broker_id") : 0);
      }
      batch.failed(problem);
      ended(problem);
    }

    private void learn(int partition, long leader) {
      PartitionId id = batch.topic().partition(partition);
      if (leader > 0 && leader <= caller.world().cluster().brokers().size()) {
        leaders.put(id, (int) leader);
      } else {
        leaders.remove(id);
      }
    }

    private void ended(@Nullable Problem problem) {
      boolean again =
          style.retries()
              && problem != null
              && problem.mayPass()
              && attempts < ATTEMPTS_MAX
              && !caller.world().isStopping();
      if (again) {
        long pauseMillis = RETRY_PAUSE_MILLIS_MIN << Math.min(attempts, DOUBLINGS_MAX);
        caller.process().afterMillis(caller.random().between(1, pauseMillis), this::sendOrClose);
      } else {
        close();
      }
    }

    private void sendOrClose() {
      if (caller.world().isStopping()) {
        close();
      } else {
        send();
      }
    }

    private void close() {
      batch.close();
      underWay--;
    }
  }
}
