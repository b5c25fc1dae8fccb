// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.server.data;

import dev.almadia.broker.core.BrokerError;
import dev.almadia.broker.core.Errors;
import dev.almadia.raft.shard.GroupView;
import dev.almadia.v1.ErrorReason;
import dev.almadia.v1.Position;
import org.jspecify.annotations.Nullable;

/** Places in a partition. */
final class Positions {
  private Positions() {}

  /** Why this is no position, null if it is one. */
  static @Nullable BrokerError refusalOf(String field, Position position) {
    return switch (position.getAtCase()) {
      case OFFSET ->
          position.getOffset() < 0
              ? Errors.invalid(
                  field + ".offset", String.valueOf(position.getOffset()), "must not be negative")
              : null;
      case TAIL_RECORDS ->
          position.getTailRecords() < 0
              ? Errors.invalid(
                  field + ".tail_records",
                  String.valueOf(position.getTailRecords()),
                  "must not be negative")
              : null;
      case EARLIEST, LATEST, TIMESTAMP_MS, AT_NOT_SET -> null;
    };
  }

  /** Whether the store has to be asked. */
  static boolean needsStore(Position position) {
    return position.hasTimestampMs();
  }

  /** The offset; blocks if it {@link #needsStore}. */
  static long resolve(Position position, GroupView view, LogReader reader) {
    return switch (position.getAtCase()) {
      case OFFSET -> position.getOffset();
      case LATEST -> view.highWatermark();
      case TAIL_RECORDS ->
          Math.max(view.logStartOffset(), view.highWatermark() - position.getTailRecords());
      case TIMESTAMP_MS -> reader.offsetOfTime(view, position.getTimestampMs());
      case EARLIEST, AT_NOT_SET -> view.logStartOffset();
    };
  }

  /** Why nothing can be read there, null if the offset is from the log start to the end. */
  static @Nullable BrokerError outOfRange(
      String topic, int partition, long offset, GroupView view) {
    long start = view.logStartOffset();
    long end = view.highWatermark();
    if (offset >= start && offset <= end) {
      return null;
    }
    long lost = Math.max(0, start - offset);
    return BrokerError.of(
        ErrorReason.ERROR_REASON_OFFSET_OUT_OF_RANGE,
        "Offset "
            + offset
            + " of partition "
            + partition
            + " of topic '"
            + topic
            + "' is "
            + (lost > 0
                ? "below the log start " + start + ": " + lost + " records were removed"
                : "above the end " + end),
        "topic",
        topic,
        "partition",
        partition,
        "requested",
        offset,
        "log_start_offset",
        start,
        "high_watermark",
        end,
        "lost_records",
        lost);
  }

  /** What a read of the store failed with. */
  static BrokerError storeFailure(
      dev.almadia.raft.store.StoreException e, String topic, int partition, int brokerId) {
    return switch (e.reason()) {
      case CORRUPT ->
          BrokerError.of(
              ErrorReason.ERROR_REASON_DATA_CORRUPTION,
              "Partition "
                  + partition
                  + " of topic '"
                  + topic
                  + "' is damaged on broker "
                  + brokerId
                  + " and is not served there",
              "topic",
              topic,
              "partition",
              partition,
              "broker_id",
              brokerId);
      case NOT_FOUND -> Errors.noLeader(topic, partition);
      case IO, WRONG_DIRECTORY, LOCKED ->
          BrokerError.of(
              ErrorReason.ERROR_REASON_INTERNAL,
              "Broker " + brokerId + " cannot read its disk",
              "broker_id",
              brokerId,
              "topic",
              topic,
              "partition",
              partition);
    };
  }
}
