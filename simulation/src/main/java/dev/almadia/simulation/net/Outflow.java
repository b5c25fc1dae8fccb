// SPDX-License-Identifier: Apache-2.0
package dev.almadia.simulation.net;

/** What one side of a call sent and the other has not taken. */
final class Outflow {
  private final int windowBytes;
  private long outstandingBytes;

  Outflow(int windowBytes) {
    this.windowBytes = windowBytes;
  }

  void sent(int bytes) {
    outstandingBytes += bytes;
  }

  boolean isReady() {
    return outstandingBytes < windowBytes;
  }

  /** Returns whether the sender became ready by it. */
  boolean credit(int bytes) {
    boolean was = isReady();
    outstandingBytes -= bytes;
    return !was && isReady();
  }
}
