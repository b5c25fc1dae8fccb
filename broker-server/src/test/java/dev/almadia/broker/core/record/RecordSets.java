// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.core.record;

import com.google.protobuf.ByteString;
import dev.almadia.v1.Header;
import dev.almadia.v1.Record;
import dev.almadia.v1.RecordSet;
import java.util.Random;

/** Record sets for tests. */
final class RecordSets {
  private RecordSets() {}

  static RecordSet random(Random random, int count) {
    RecordSet.Builder set = RecordSet.newBuilder();
    for (int i = 0; i < count; i++) {
      Record.Builder record = Record.newBuilder();
      if (random.nextBoolean()) {
        record.setKey(bytes(random, 12));
      }
      if (random.nextInt(5) > 0) {
        record.setValue(bytes(random, random.nextInt(20) == 0 ? 300 : 20));
      }
      for (int h = random.nextInt(3); h > 0; h--) {
        record.addHeaders(
            Header.newBuilder().setKey("näme" + random.nextInt(9)).setValue(bytes(random, 5)));
      }
      if (random.nextBoolean()) {
        record.setTimestampMs(random.nextInt(4) == 0 ? random.nextLong() : random.nextInt(10_000));
      }
      set.addRecords(record);
    }
    return set.build();
  }

  private static ByteString bytes(Random random, int below) {
    byte[] bytes = new byte[random.nextInt(below)];
    random.nextBytes(bytes);
    return ByteString.copyFrom(bytes);
  }
}
