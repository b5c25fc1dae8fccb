// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.core.recordid;

import dev.almadia.broker.core.BrokerError;
import dev.almadia.v1.ErrorReason;

/** What a caller hears of a refusal. */
public final class RecordIdErrors {
  private static final String SETTING = "max-record-ids-per-partition";

  private RecordIdErrors() {}

  /**
   * The partition remembers as many ids as it may.
   *
   * @param idsMax how many that is
   */
  public static BrokerError limit(IdVerdict.Full full, int idsMax, String topic, int partition) {
    return BrokerError.of(
        ErrorReason.ERROR_REASON_RECORD_ID_LIMIT,
        "Partition "
            + partition
            + " of topic '"
            + topic
            + "' remembers record ids for "
            + full.windowMs()
            + " ms, and has no room for those of this batch; "
            + SETTING
            + " is "
            + idsMax,
        "limit",
        idsMax,
        "setting",
        SETTING,
        "window_ms",
        full.windowMs(),
        "oldest_ms",
        full.oldestMs(),
        "topic",
        topic,
        "partition",
        partition);
  }
}
