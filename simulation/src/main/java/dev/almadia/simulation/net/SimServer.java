// SPDX-License-Identifier: Apache-2.0
package dev.almadia.simulation.net;

import dev.almadia.simulation.kernel.SimProcess;
import io.grpc.Server;
import io.grpc.ServerMethodDefinition;
import io.grpc.ServerServiceDefinition;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A gRPC server in a simulated process: the real services, with the interceptors that they were
 * wrapped in, called as the transport would. In its process only.
 */
public final class SimServer extends Server {
  private final SimHost host;
  private final String port;
  private final List<ServerServiceDefinition> services;
  // Only for look-ups: its order is nobody's business.
  private final Map<String, ServerMethodDefinition<?, ?>> methods = new HashMap<>();
  private final Set<ServerConnection> connections = new LinkedHashSet<>();
  private boolean shutdown;

  /**
   * A server that does not listen yet.
   *
   * @param process must have been started on the network
   * @param port name of the port, {@code public} or {@code internal}
   */
  public SimServer(
      SimNetwork network, SimProcess process, String port, List<ServerServiceDefinition> services) {
    this.host = network.hostOf(process);
    this.port = port;
    this.services = List.copyOf(services);
    for (ServerServiceDefinition service : services) {
      for (ServerMethodDefinition<?, ?> method : service.getMethods()) {
        methods.put(method.getMethodDescriptor().getFullMethodName(), method);
      }
    }
  }

  @Nullable ServerMethodDefinition<?, ?> method(String fullName) {
    return methods.get(fullName);
  }

  @Override
  public Server start() {
    host.listen(port, socket -> connections.add(new ServerConnection(this, socket)));
    return this;
  }

  void gone(ServerConnection connection) {
    connections.remove(connection);
  }

  void idle(ServerConnection connection) {
    if (shutdown && connections.remove(connection)) {
      connection.socket().close();
    }
  }

  @Override
  public List<ServerServiceDefinition> getServices() {
    return services;
  }

  @Override
  public List<ServerServiceDefinition> getImmutableServices() {
    return services;
  }

  @Override
  public Server shutdown() {
    if (!shutdown) {
      shutdown = true;
      host.stopListening(port);
      for (ServerConnection connection : List.copyOf(connections)) {
        connection.goAway();
        if (!connection.hasCalls()) {
          idle(connection);
        }
      }
    }
    return this;
  }

  @Override
  public Server shutdownNow() {
    shutdown();
    for (ServerConnection connection : List.copyOf(connections)) {
      connections.remove(connection);
      connection.close();
    }
    return this;
  }

  @Override
  public boolean isShutdown() {
    return shutdown;
  }

  @Override
  public boolean isTerminated() {
    return shutdown && connections.isEmpty();
  }

  @Override
  public boolean awaitTermination(long timeout, TimeUnit unit) {
    return isTerminated();
  }

  /** Does not wait: nothing can happen while the only thread does. */
  @Override
  public void awaitTermination() {}
}
