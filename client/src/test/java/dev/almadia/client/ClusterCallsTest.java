// SPDX-License-Identifier: Apache-2.0
package dev.almadia.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.almadia.v1.ClusterEvent;
import dev.almadia.v1.ClusterServiceGrpc.ClusterServiceImplBase;
import dev.almadia.v1.DecommissionBrokerRequest;
import dev.almadia.v1.DrainBrokerRequest;
import dev.almadia.v1.ErrorReason;
import dev.almadia.v1.GetOperationRequest;
import dev.almadia.v1.Operation;
import dev.almadia.v1.OperationResponse;
import dev.almadia.v1.OperationState;
import dev.almadia.v1.WatchClusterRequest;
import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Calls about brokers, operations and what happens in the cluster. */
@Timeout(30)
class ClusterCallsTest {
  private static AlmadiaClient client(ScriptedServer... servers) {
    List<HostAndPort> addresses = new ArrayList<>();
    for (ScriptedServer server : servers) {
      addresses.add(server.address());
    }
    return AlmadiaClient.connect(addresses, Duration.ofSeconds(5));
  }

  private static Operation operation(OperationState state, int done) {
    return Operation.newBuilder()
        .setName("operations/7")
        .setState(state)
        .setDone(done)
        .setTotal(3)
        .build();
  }

  @Test
  void aPlanIsAskedForAgainAndAnOrderIsNotIfItMayHaveBeenCarriedOut() throws Exception {
    AtomicInteger tries = new AtomicInteger();
    var service =
        new ClusterServiceImplBase() {
          @Override
          public void drainBroker(
              DrainBrokerRequest request, StreamObserver<OperationResponse> out) {
            if (tries.incrementAndGet() % 2 == 1) {
              out.onError(Status.UNAVAILABLE.withDescription("bare").asRuntimeException());
              return;
            }
            out.onNext(OperationResponse.getDefaultInstance());
            out.onCompleted();
          }
        };
    try (var server = new ScriptedServer(service);
        var client = client(server)) {
      assertThat(client.admin().drainBroker(2, true)).isNotNull();
      assertThat(tries).hasValue(2);

      assertThatThrownBy(() -> client.admin().drainBroker(2, false))
          .isInstanceOfSatisfying(
              AlmadiaException.class, e -> assertThat(e.outcome()).isEqualTo(Outcome.UNKNOWN));
      assertThat(tries).hasValue(3);
    }
  }

  @Test
  void aRefusedOrderSaysThatNothingWasDone() throws Exception {
    var service =
        new ClusterServiceImplBase() {
          @Override
          public void decommissionBroker(
              DecommissionBrokerRequest request, StreamObserver<OperationResponse> out) {
            out.onError(
                ScriptedServer.error(
                    ErrorReason.ERROR_REASON_QUORUM_AT_RISK, "too few", Map.of("affected", "4")));
          }
        };
    try (var server = new ScriptedServer(service);
        var client = client(server)) {
      assertThatThrownBy(
              () ->
                  client
                      .admin()
                      .decommissionBroker(
                          DecommissionBrokerRequest.newBuilder().setBrokerId(2).build()))
          .isInstanceOfSatisfying(
              AlmadiaException.class,
              e -> {
                assertThat(e.outcome()).isEqualTo(Outcome.NOT_APPLIED);
                assertThat(e.reason()).isEqualTo("QUORUM_AT_RISK");
                assertThat(e.metadata()).containsEntry("affected", "4");
              });
    }
  }

  @Test
  void waitingForAnOperationBridgesALostBrokerAndEndsWithTheOperation() throws Exception {
    AtomicInteger asked = new AtomicInteger();
    var service =
        new ClusterServiceImplBase() {
          @Override
          public void getOperation(GetOperationRequest request, StreamObserver<Operation> out) {
            int n = asked.incrementAndGet();
            if (n == 3) {
              out.onError(
                  ScriptedServer.error(
                      ErrorReason.ERROR_REASON_BROKER_STOPPING, "stopping", Map.of()));
              return;
            }
            out.onNext(
                n < 5
                    ? operation(OperationState.OPERATION_STATE_RUNNING, n)
                    : operation(OperationState.OPERATION_STATE_DONE, 3));
            out.onCompleted();
          }
        };
    try (var server = new ScriptedServer(service);
        var client = client(server)) {
      List<Integer> seen = new ArrayList<>();
      Operation ended =
          client
              .admin()
              .waitOperation("operations/7", Duration.ofMinutes(1), o -> seen.add(o.getDone()));
      assertThat(ended.getState()).isEqualTo(OperationState.OPERATION_STATE_DONE);
      assertThat(seen).containsExactly(1, 2, 4);
    }
  }

  @Test
  void waitingEndsWhenItsTimeIsOverWithTheOperationStillRunning() throws Exception {
    List<Integer> waits = Collections.synchronizedList(new ArrayList<>());
    var service =
        new ClusterServiceImplBase() {
          @Override
          public void getOperation(GetOperationRequest request, StreamObserver<Operation> out) {
            waits.add(request.getWaitMs());
            out.onNext(operation(OperationState.OPERATION_STATE_RUNNING, 1));
            out.onCompleted();
          }
        };
    try (var server = new ScriptedServer(service);
        var client = client(server)) {
      Operation last = client.admin().waitOperation("operations/7", Duration.ofMillis(50), o -> {});
      assertThat(last.getState()).isEqualTo(OperationState.OPERATION_STATE_RUNNING);
      assertThat(waits.get(0)).as("the first look does not wait").isZero();
      assertThat(waits).allSatisfy(wait -> assertThat(wait).isLessThanOrEqualTo(50));
    }
  }

  /** Tells one event per stream and then breaks it off, or keeps it open. */
  private static final class Watched extends ClusterServiceImplBase {
    private final String name;
    private final boolean breaks;
    private final List<Boolean> includePresent = Collections.synchronizedList(new ArrayList<>());

    Watched(String name, boolean breaks) {
      this.name = name;
      this.breaks = breaks;
    }

    @Override
    public void watchCluster(WatchClusterRequest request, StreamObserver<ClusterEvent> out) {
      includePresent.add(request.getIncludePresent());
      out.onNext(ClusterEvent.newBuilder().setType("LEADER_CHANGED").setText(name).build());
      if (breaks) {
        out.onError(Status.UNAVAILABLE.withDescription("cut").asRuntimeException());
      }
    }
  }

  private static ClusterEvent next(ClusterWatch watch) {
    ClusterEvent event = watch.poll(Duration.ofSeconds(10));
    assertThat(event).isNotNull();
    return event;
  }

  @Test
  void aWatchGoesOnAtTheNextBrokerAndTellsOfTheGap() throws Exception {
    Watched first = new Watched("one", true);
    Watched second = new Watched("two", false);
    try (var one = new ScriptedServer(first);
        var two = new ScriptedServer(second);
        var client = client(one, two);
        var watch = client.admin().watchCluster(true)) {
      assertThat(next(watch).getText()).isEqualTo("one");
      ClusterEvent gap = next(watch);
      assertThat(gap.getType()).isEqualTo(ClusterWatch.RESUMED);
      assertThat(gap.getText())
          .contains(one.address().toString())
          .contains(two.address().toString());
      assertThat(next(watch).getText()).isEqualTo("two");
      assertThat(watch.poll(Duration.ofMillis(50))).isNull();
      assertThat(first.includePresent).containsExactly(true);
      assertThat(second.includePresent).as("what is present was told").containsExactly(false);
    }
  }

  @Test
  void aWatchThatNoBrokerServesEndsWithTheReason() throws Exception {
    try (var server = new ScriptedServer(new ClusterServiceImplBase() {});
        var client = client(server);
        var watch = client.admin().watchCluster(false)) {
      assertThatThrownBy(() -> watch.poll(Duration.ofSeconds(20)))
          .isInstanceOfSatisfying(
              AlmadiaException.class,
              e -> assertThat(e.code()).isEqualTo(Status.Code.UNIMPLEMENTED));
    }
  }
}
