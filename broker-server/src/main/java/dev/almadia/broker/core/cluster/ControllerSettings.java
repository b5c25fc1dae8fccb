// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.core.cluster;

/**
 * Settings of {@link ClusterController}.
 *
 * @param voterGoneMillis a voter of the metadata group that is gone for so long is replaced
 * @param newcomerGoneMillis a broker that was chosen for what leaves another one, and is gone for
 *     so long before it holds it, is passed over
 * @param leadAfterMillis a broker leads again when it has been connected for so long
 * @param movesPerBrokerMax partitions that may be on their way to a broker at a time
 * @param handOversPerTurnMax leaders balanced in a turn
 * @param againMillis what was asked for and did not happen is asked for again after so long
 */
public record ControllerSettings(
    long voterGoneMillis,
    long newcomerGoneMillis,
    long leadAfterMillis,
    int movesPerBrokerMax,
    int handOversPerTurnMax,
    long againMillis) {
  /** What brokers use unless told otherwise. */
  public static final ControllerSettings DEFAULT =
      new ControllerSettings(300_000, 30_000, 60_000, 16, 4, 5_000);
}
