// SPDX-License-Identifier: Apache-2.0
package dev.almadia.simulation.cluster;

import dev.almadia.simulation.check.Violations;
import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.ManagedChannel;
import io.grpc.MethodDescriptor;
import java.util.concurrent.TimeUnit;

/** A broker's channel to another one, which sees whether a forwarded call is forwarded again. */
final class OneHopChannel extends ManagedChannel {
  private final ManagedChannel channel;
  private final Violations violations;

  OneHopChannel(ManagedChannel channel, Violations violations) {
    this.channel = channel;
    this.violations = violations;
  }

  @Override
  public <Q, R> ClientCall<Q, R> newCall(MethodDescriptor<Q, R> method, CallOptions options) {
    if (ForwardedMark.isSet()) {
      violations.add(
          "G12", "a call is forwarded once", method.getFullMethodName() + " was forwarded again");
    }
    return channel.newCall(method, options);
  }

  @Override
  public String authority() {
    return channel.authority();
  }

  @Override
  public void resetConnectBackoff() {
    channel.resetConnectBackoff();
  }

  @Override
  public ManagedChannel shutdown() {
    var unused = channel.shutdown();
    return this;
  }

  @Override
  public ManagedChannel shutdownNow() {
    var unused = channel.shutdownNow();
    return this;
  }

  @Override
  public boolean isShutdown() {
    return channel.isShutdown();
  }

  @Override
  public boolean isTerminated() {
    return channel.isTerminated();
  }

  @Override
  public boolean awaitTermination(long timeout, TimeUnit unit) throws InterruptedException {
    return channel.awaitTermination(timeout, unit);
  }
}
