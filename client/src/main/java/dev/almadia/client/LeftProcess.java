// SPDX-License-Identifier: Apache-2.0
package dev.almadia.client;

import io.grpc.Attributes;
import io.grpc.ClientStreamTracer;
import io.grpc.Metadata;

/**
 * Finds out whether a request got as far as a connection. gRPC gives UNAVAILABLE both for a refused
 * connection, where certainly nothing happened, and for one that broke after the request was sent.
 * Any thread; one per call.
 */
final class LeftProcess extends ClientStreamTracer.Factory {
  // Written on a transport thread, read by the caller.
  private volatile boolean happened;

  /** Whether a connection took the request. False means that no server has seen it. */
  boolean happened() {
    return happened;
  }

  @Override
  public ClientStreamTracer newClientStreamTracer(
      ClientStreamTracer.StreamInfo info, Metadata headers) {
    return new ClientStreamTracer() {
      @Override
      public void streamCreated(Attributes transportAttributes, Metadata headers) {
        happened = true;
      }
    };
  }
}
