// SPDX-License-Identifier: Apache-2.0
package dev.almadia.cli;

import dev.almadia.client.Admin;
import dev.almadia.client.AlmadiaClient;
import dev.almadia.client.AlmadiaException;
import dev.almadia.client.HostAndPort;
import dev.almadia.v1.Balancing;
import dev.almadia.v1.Broker;
import dev.almadia.v1.GetClusterHealthResponse;
import dev.almadia.v1.GetClusterResponse;
import dev.almadia.v1.GetServerInfoResponse;
import dev.almadia.v1.Operation;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What can be seen from here: the cluster by the word of one broker, and each broker by its own.
 *
 * @param cluster the cluster
 * @param health what the broker finds wrong
 * @param balancing empty if it cannot be told
 * @param running running operations; empty if they cannot be told
 * @param looks each broker, asked itself
 */
record DoctorFacts(
    GetClusterResponse cluster,
    GetClusterHealthResponse health,
    Optional<Balancing> balancing,
    Optional<List<Operation>> running,
    List<Look> looks) {
  private static final int THREADS_MAX = 16;

  /** Copies the list. */
  DoctorFacts {
    looks = List.copyOf(looks);
  }

  /**
   * A broker asked itself, at its public address.
   *
   * @param broker as the cluster knows it
   * @param info what it says of itself; null if it did not answer
   * @param sees the brokers as it sees them; empty if it did not answer
   * @param clockAheadMs its clock minus ours
   * @param clockErrorMs how far off that can be at most
   * @param failure why it did not answer, in one line; empty if it did
   */
  record Look(
      Broker broker,
      @Nullable GetServerInfoResponse info,
      List<Broker> sees,
      long clockAheadMs,
      long clockErrorMs,
      String failure) {
    /** Copies the list. */
    Look {
      sees = List.copyOf(sees);
    }

    int brokerId() {
      return broker.getBrokerId();
    }
  }

  /**
   * Looks at everything.
   *
   * @param timeout for each broker
   * @throws AlmadiaException if no broker tells of the cluster
   */
  static DoctorFacts gather(Admin admin, Duration timeout) throws InterruptedException {
    GetClusterResponse cluster = admin.cluster();
    return new DoctorFacts(
        cluster,
        admin.health(),
        ifTold(admin::balancing),
        ifTold(() -> admin.listOperations(true)),
        lookAt(cluster.getBrokersList(), timeout));
  }

  /** An older broker does not tell, and without a metadata leader nobody can. */
  private static <T> Optional<T> ifTold(Supplier<T> call) {
    try {
      return Optional.of(call.get());
    } catch (AlmadiaException e) {
      return Optional.empty();
    }
  }

  private static List<Look> lookAt(List<Broker> brokers, Duration timeout)
      throws InterruptedException {
    ExecutorService pool =
        Executors.newFixedThreadPool(Math.max(1, Math.min(THREADS_MAX, brokers.size())));
    try {
      List<Future<Look>> futures = new ArrayList<>();
      for (Broker broker : brokers) {
        futures.add(pool.submit(() -> lookAt(broker, timeout)));
      }
      List<Look> looks = new ArrayList<>();
      for (Future<Look> future : futures) {
        looks.add(future.get());
      }
      return looks;
    } catch (ExecutionException e) {
      throw new IllegalStateException(e);
    } finally {
      pool.shutdownNow();
    }
  }

  private static Look lookAt(Broker broker, Duration timeout) {
    HostAndPort address;
    try {
      address = HostAndPort.parse(broker.getEndpoint());
    } catch (IllegalArgumentException e) {
      return silent(broker, String.valueOf(e.getMessage()));
    }
    try (AlmadiaClient client = AlmadiaClient.connect(List.of(address), timeout)) {
      List<Broker> sees = client.admin().listBrokers();
      // The connection is there by now, so the clock is compared over one short call.
      long beforeMs = System.currentTimeMillis();
      GetServerInfoResponse info = client.admin().serverInfo();
      long afterMs = System.currentTimeMillis();
      return new Look(
          broker,
          info,
          sees,
          info.getTimeMs() - (beforeMs + afterMs) / 2,
          (afterMs - beforeMs) / 2 + 1,
          "");
    } catch (AlmadiaException e) {
      return silent(broker, Errors.oneLine(Errors.why(e)));
    }
  }

  private static Look silent(Broker broker, String failure) {
    return new Look(broker, null, List.of(), 0, 0, failure);
  }
}
