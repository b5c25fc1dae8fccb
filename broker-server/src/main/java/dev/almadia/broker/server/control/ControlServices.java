// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.server.control;

import dev.almadia.v1.ClusterServiceGrpc;
import io.grpc.BindableService;
import io.grpc.ServerInterceptors;
import java.util.List;

/** Makes the services about topics, brokers and the cluster. */
public final class ControlServices {
  private ControlServices() {}

  /**
   * For clients; forwarded calls come to them too. The controller of the cluster, which shares
   * their view, begins to run.
   */
  public static List<BindableService> forClients(ControlParts parts) {
    ReplicaReports reports = new ReplicaReports(parts);
    FactsSource source = new FactsSource(parts, reports);
    new ControllerLoop(parts, source).start();
    BindableService cluster = new ClusterServiceImpl(parts, reports, source);
    return List.of(
        new TopicServiceImpl(parts),
        () ->
            ServerInterceptors.intercept(
                cluster,
                new EarlyHeaders(ClusterServiceGrpc.getWatchClusterMethod().getFullMethodName())));
  }

  /** For brokers: internal port only. */
  public static BindableService forBrokers(ControlParts parts) {
    return new BrokerServiceImpl(parts);
  }
}
