// SPDX-License-Identifier: Apache-2.0
package dev.almadia.simulation.cluster;

import dev.almadia.simulation.kernel.SimRandom;
import java.util.List;

/**
 * What a simulated cluster is made of.
 *
 * @param brokers how many, 1 to 7
 * @param shards per broker
 * @param limits of each broker
 * @param syncMicrosMax a sync of the disk takes up to this long
 * @param turnMicrosMax a turn of a shard takes up to this long
 * @param datagrams frames between brokers may get lost, come twice or out of order, one by one;
 *     otherwise only with their connection, as on TCP
 * @param linkMillisMean what the network takes for a message, about; 0 for a quiet local network
 * @param clockDriftPpmMax clocks run fast or slow by up to this
 */
public record ClusterOptions(
    int brokers,
    int shards,
    BrokerLimits limits,
    int syncMicrosMax,
    int turnMicrosMax,
    boolean datagrams,
    int linkMillisMean,
    int clockDriftPpmMax,
    int spares) {
  private static final int[] SIZES = {3, 3, 3, 3, 3, 5, 5, 5, 1, 2, 4, 7};

  /** Without spare machines. */
  public ClusterOptions(
      int brokers,
      int shards,
      BrokerLimits limits,
      int syncMicrosMax,
      int turnMicrosMax,
      boolean datagrams,
      int linkMillisMean,
      int clockDriftPpmMax) {
    this(
        brokers,
        shards,
        limits,
        syncMicrosMax,
        turnMicrosMax,
        datagrams,
        linkMillisMean,
        clockDriftPpmMax,
        0);
  }

  /** The same with so many machines on which a broker may join later. */
  public ClusterOptions withSpares(int count) {
    return new ClusterOptions(
        brokers,
        shards,
        limits,
        syncMicrosMax,
        turnMicrosMax,
        datagrams,
        linkMillisMean,
        clockDriftPpmMax,
        count);
  }

  /** Machines in all. */
  public int machines() {
    return brokers + spares;
  }

  /** Mostly three or five brokers, rarely another number. */
  public static ClusterOptions draw(SimRandom random) {
    return new ClusterOptions(
        SIZES[random.below(SIZES.length)],
        random.between(1, 2),
        BrokerLimits.draw(random),
        random.pick(List.of(200, 1_000, 5_000, 20_000)),
        random.pick(List.of(20, 20, 200, 3_000)),
        random.chance(0.5),
        random.pick(List.of(0, 0, 2, 30)),
        random.pick(List.of(0, 100, 20_000)));
  }

  @Override
  public String toString() {
    return "brokers="
        + brokers
        + " shards="
        + shards
        + " window="
        + limits.inflightMessagesMax()
        + "/"
        + limits.inflightBytesMax()
        + "B append="
        + limits.appendBytesMax()
        + "B tail="
        + limits.tailBytesMax()
        + "B cache="
        + limits.cacheBytesMax()
        + "B loads="
        + limits.loadsMax()
        + " mailbox="
        + limits.mailboxMessagesMax()
        + " budget="
        + limits.budgetBytes()
        + "B sync<="
        + syncMicrosMax
        + "us turn<="
        + turnMicrosMax
        + "us links="
        + (datagrams ? "datagrams" : "streams")
        + "/"
        + linkMillisMean
        + "ms drift<="
        + clockDriftPpmMax
        + "ppm"
        + (spares == 0 ? "" : " spares=" + spares);
  }
}
