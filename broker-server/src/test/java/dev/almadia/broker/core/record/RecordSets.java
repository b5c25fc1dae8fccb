// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.core.record;

import com.google.common.hash.Hashing;
import com.google.protobuf.ByteString;
import dev.almadia.v1.Header;
import dev.almadia.v1.Record;
import dev.almadia.v1.RecordSet;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
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
      if (random.nextInt(3) == 0) {
        record.setRecordId(bytes(random, 6));
      }
      set.addRecords(record);
    }
    return set.build();
  }

  /** The digests of the ids, as they are written down. */
  static RecordIds idsOf(RecordSet set) {
    List<Integer> positions = new ArrayList<>();
    List<Long> digests = new ArrayList<>();
    for (int i = 0; i < set.getRecordsCount(); i++) {
      byte[] id = set.getRecords(i).getRecordId().toByteArray();
      if (id.length > 0) {
        ByteBuffer digest = ByteBuffer.wrap(Hashing.sha256().hashBytes(id).asBytes());
        positions.add(i);
        digests.add(digest.getLong());
        digests.add(digest.getLong());
      }
    }
    return RecordIds.of(
        positions.stream().mapToInt(Integer::intValue).toArray(),
        digests.stream().mapToLong(Long::longValue).toArray());
  }

  private static ByteString bytes(Random random, int below) {
    byte[] bytes = new byte[random.nextInt(below)];
    random.nextBytes(bytes);
    return ByteString.copyFrom(bytes);
  }
}
