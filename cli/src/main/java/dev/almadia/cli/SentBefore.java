// SPDX-License-Identifier: Apache-2.0
package dev.almadia.cli;

import com.google.protobuf.ByteString;
import dev.almadia.client.KeyHash;
import dev.almadia.v1.ProducerPosition;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a named producer sent before, and where its records belong: the same input always gives the
 * same records to the same partitions, so counting them tells which are there. One thread.
 */
final class SentBefore {
  private final ByteString name;
  private final long[] left;
  private final long records;
  private long leftOut;

  /**
   * Nothing left out yet.
   *
   * @param positions where each partition stands, ascending
   */
  SentBefore(String name, List<ProducerPosition> positions) {
    this.name = ByteString.copyFromUtf8(name);
    this.left = positions.stream().mapToLong(ProducerPosition::getLastSequence).toArray();
    this.records = positions.stream().mapToLong(ProducerPosition::getLastSequence).sum();
  }

  /** Number of records that it sent before. */
  long records() {
    return records;
  }

  /** Number of records that were left out. */
  long leftOut() {
    return leftOut;
  }

  /** The partition of a record; without a key and a partition it is that of the producer's name. */
  int partition(RecordJson.Parsed parsed) {
    Integer named = parsed.partition();
    if (named != null) {
      return named;
    }
    ByteString key = parsed.record().hasKey() ? parsed.record().getKey() : name;
    return KeyHash.partition(key, left.length);
  }

  /** Whether the next record for a partition is there already; counts it. */
  boolean isThere(int partition) {
    if (partition < 0 || partition >= left.length || left[partition] == 0) {
      return false;
    }
    left[partition]--;
    leftOut++;
    return true;
  }

  /** How many of the next records for a partition are there already. */
  long there(@Nullable Integer partition) {
    return partition == null || partition < 0 || partition >= left.length ? 0 : left[partition];
  }
}
