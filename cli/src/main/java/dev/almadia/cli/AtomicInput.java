// SPDX-License-Identifier: Apache-2.0
package dev.almadia.cli;

import dev.almadia.client.KeyHash;
import dev.almadia.v1.Record;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/** Records that are to be one batch of one partition. One thread. */
final class AtomicInput {
  private static final int BYTES_MAX = 3 << 20;
  private static final int FRAME_BYTES = 6;

  private final int partitions;
  private final List<Record> records = new ArrayList<>();
  private @Nullable Integer partition;
  private long bytes;

  AtomicInput(int partitions) {
    this.partitions = partitions;
  }

  /**
   * Takes the record of a line.
   *
   * @throws CliException if it cannot be in one batch with those before
   */
  void add(RecordJson.Parsed parsed, long lineNumber) {
    Record record = parsed.record();
    bytes += record.getSerializedSize() + FRAME_BYTES;
    if (bytes > BYTES_MAX) {
      throw refused("the input is above " + Units.bytes(BYTES_MAX) + " with line " + lineNumber);
    }
    Integer belongs = parsed.partition();
    if (belongs == null && record.hasKey()) {
      belongs = KeyHash.partition(record.getKey(), partitions);
    }
    if (belongs != null && partition != null && !belongs.equals(partition)) {
      throw refused(
          "the record of line %d belongs to partition %d, others to %d (-p N puts all into one)"
              .formatted(lineNumber, belongs, partition));
    }
    partition = belongs == null ? partition : belongs;
    records.add(record);
  }

  private static CliException refused(String why) {
    return new CliException(
        ExitCode.FAILED,
        "--atomic needs one batch of one partition: " + why + "; nothing was sent");
  }

  /** All of them, in order. */
  List<Record> records() {
    return records;
  }

  /** Where they belong; chance decides if nothing else does. */
  int partition() {
    Integer chosen = partition;
    return chosen == null ? ThreadLocalRandom.current().nextInt(partitions) : chosen;
  }
}
