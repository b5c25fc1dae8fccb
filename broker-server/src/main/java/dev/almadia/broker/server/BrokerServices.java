// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.server;

import dev.almadia.broker.core.record.RecordSetScanner;
import dev.almadia.broker.server.config.BrokerConfig;
import dev.almadia.broker.server.control.ControlParts;
import dev.almadia.broker.server.control.ControlServices;
import dev.almadia.broker.server.data.DataLimits;
import dev.almadia.broker.server.data.DataServices;
import dev.almadia.broker.server.grpc.CallHops;
import dev.almadia.broker.server.grpc.GrpcServers;
import dev.almadia.broker.server.runtime.RunningBroker;
import io.grpc.BindableService;
import io.grpc.ServerServiceDefinition;
import java.util.ArrayList;
import java.util.List;

/** All gRPC services of a broker, whatever brings their calls. Any thread. */
public final class BrokerServices implements AutoCloseable {
  private final DataServices data;
  private final List<ServerServiceDefinition> forClients;
  private final List<ServerServiceDefinition> forBrokers;

  /** The services of this broker. */
  public BrokerServices(BrokerConfig config, RunningBroker running) {
    DataLimits usual = DataLimits.DEFAULT;
    long inflightBytes = config.memory().inflightBytes();
    data =
        new DataServices(
            running,
            new DataLimits(
                inflightBytes,
                Math.min(usual.streamBytesMax(), inflightBytes / 2),
                usual.streamBatchesMax(),
                usual.retryMs()));
    ControlParts parts = controlParts(config, running);
    List<ServerServiceDefinition> open = new ArrayList<>(data.definitions());
    for (BindableService service : ControlServices.forClients(parts)) {
      open.add(service.bindService());
    }
    List<ServerServiceDefinition> internal = new ArrayList<>(open);
    internal.add(data.forBrokers());
    internal.add(ControlServices.forBrokers(parts).bindService());
    for (BindableService service : running.links().services()) {
      internal.add(service.bindService());
    }
    forClients = List.copyOf(open);
    forBrokers = List.copyOf(internal);
  }

  private static ControlParts controlParts(BrokerConfig config, RunningBroker running) {
    long batchBytes = config.limits().maxBatchBytes();
    return new ControlParts(
        running,
        running.router(),
        running.forwarder(),
        CallHops::current,
        running.waits()::until,
        running.disk(),
        new ControlParts.ServerFacts(
            Version.current(),
            GrpcServers.PUBLIC_MESSAGE_BYTES_MAX,
            batchBytes,
            Math.min(batchBytes, RecordSetScanner.RECORD_BYTES_MAX),
            config.limits().maxPartitions(),
            config.limits().defaultReplicationFactor(),
            config.initialBrokers().keySet()));
  }

  /** For the public port. */
  public List<ServerServiceDefinition> forClients() {
    return forClients;
  }

  /** For the internal port: the same, for forwarded calls, and what only brokers may call. */
  public List<ServerServiceDefinition> forBrokers() {
    return forBrokers;
  }

  @Override
  public void close() {
    data.close();
  }
}
