// SPDX-License-Identifier: Apache-2.0
package dev.almadia.simulation.workload;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import dev.almadia.history.Value;
import dev.almadia.simulation.kernel.SimProcess;
import dev.almadia.simulation.kernel.SimRandom;
import dev.almadia.v1.Record;

/** Makes the records of one client, each with a value of its own. */
final class RecordMaker {
  private static final int KEYS = 24;
  private static final int SMALL_BYTES_MAX = 120;
  private static final int LARGE_BYTES_MAX = 4_096;
  private static final int FEW_RECORDS_MAX = 4;
  private static final int MANY_RECORDS_MAX = 20;
  private static final long AGE_MILLIS_MAX = 5_000;

  private final SimProcess process;
  private final int client;
  private long sequence;

  RecordMaker(SimProcess process, int client) {
    this.process = process;
    this.client = client;
  }

  /** How many records the next batch has. */
  int count() {
    SimRandom random = process.random();
    return random.chance(0.8)
        ? random.between(1, FEW_RECORDS_MAX)
        : random.between(1, MANY_RECORDS_MAX);
  }

  /** A value that there was not yet. */
  Value next(KnownTopic topic) {
    return new Value(client, ++sequence, topic.topicId());
  }

  /** One of a few keys. */
  ByteString key() {
    return ByteString.copyFromUtf8("key-" + process.random().below(KEYS));
  }

  /** A record without key; most are tiny, some have a few KiB, some a time of their own. */
  Record.Builder record(Value value) {
    SimRandom random = process.random();
    int sizeBytes =
        random.chance(0.95)
            ? random.between(Value.HEADER_BYTES, SMALL_BYTES_MAX)
            : random.between(Value.HEADER_BYTES, LARGE_BYTES_MAX);
    Record.Builder record =
        Record.newBuilder().setValue(UnsafeByteOperations.unsafeWrap(value.encode(sizeBytes)));
    if (random.chance(0.3)) {
      record.setTimestampMs(process.wallMillis() - random.below(AGE_MILLIS_MAX));
    }
    return record;
  }
}
