// SPDX-License-Identifier: Apache-2.0
package dev.almadia.simulation.net;

/**
 * How the network is when nothing is wrong with it.
 *
 * @param way each direction between two hosts
 * @param connectTimeoutNanos an attempt to connect ends after so long
 * @param keepAlive of both ends of a connection that carries gRPC calls
 * @param windowBytes what a sender of a gRPC stream may send before the other side took it
 */
public record NetworkOptions(
    WayState way, long connectTimeoutNanos, KeepAlive keepAlive, int windowBytes) {
  private static final long MICRO = 1_000;
  private static final long MILLI = 1_000_000;
  private static final long SECOND = 1_000_000_000;

  /**
   * One direction between two hosts. Shares are from 0 to 1.
   *
   * @param minNanos everything takes at least so long
   * @param jitterNanos and so much more on average, at most twice of it
   * @param clogs share of what is sent that finds the way standing still
   * @param clogNanosMax how long it stands still at most; mostly much shorter
   * @param loss share that is lost: of datagrams for good, of connections until it is sent again
   * @param duplicates share of datagrams that arrive twice
   * @param reorder share of datagrams that others overtake by far
   * @param flips share of frames of which a bit flips
   */
  public record WayState(
      long minNanos,
      long jitterNanos,
      double clogs,
      long clogNanosMax,
      double loss,
      double duplicates,
      double reorder,
      double flips) {
    WayState withDelay(long newMinNanos, long newJitterNanos) {
      return new WayState(
          newMinNanos, newJitterNanos, clogs, clogNanosMax, loss, duplicates, reorder, flips);
    }

    WayState withClogs(double newClogs, long newClogNanosMax) {
      return new WayState(
          minNanos, jitterNanos, newClogs, newClogNanosMax, loss, duplicates, reorder, flips);
    }

    WayState withLoss(double share) {
      return new WayState(
          minNanos, jitterNanos, clogs, clogNanosMax, share, duplicates, reorder, flips);
    }

    WayState withDuplicates(double share) {
      return new WayState(minNanos, jitterNanos, clogs, clogNanosMax, loss, share, reorder, flips);
    }

    WayState withReorder(double share) {
      return new WayState(
          minNanos, jitterNanos, clogs, clogNanosMax, loss, duplicates, share, flips);
    }

    WayState withFlips(double share) {
      return new WayState(
          minNanos, jitterNanos, clogs, clogNanosMax, loss, duplicates, reorder, share);
    }
  }

  /** A fast and calm local network. */
  public static NetworkOptions calm() {
    return new NetworkOptions(
        new WayState(100 * MICRO, 100 * MICRO, 0, SECOND, 0, 0, 0, 0),
        20 * SECOND,
        new KeepAlive(2 * SECOND, 4 * SECOND),
        64 << 10);
  }

  /** The same with another way. */
  public NetworkOptions with(WayState otherWay) {
    return new NetworkOptions(otherWay, connectTimeoutNanos, keepAlive, windowBytes);
  }

  /** The same with another keepalive. */
  public NetworkOptions with(KeepAlive other) {
    return new NetworkOptions(way, connectTimeoutNanos, other, windowBytes);
  }

  /** A network whose ways take this long in the mean. */
  public static NetworkOptions distant(long meanMillis) {
    long mean = meanMillis * MILLI;
    return calm().with(new WayState(mean / 2, mean / 2, 0, SECOND, 0, 0, 0, 0));
  }

  /** The same with a heavy tail. */
  public static NetworkOptions busy(long meanMillis) {
    long mean = meanMillis * MILLI;
    return calm().with(new WayState(mean / 2, mean / 2, 0.0005, 2 * SECOND, 0, 0, 0, 0));
  }
}
