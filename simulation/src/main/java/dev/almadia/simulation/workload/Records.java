// SPDX-License-Identifier: Apache-2.0
package dev.almadia.simulation.workload;

import dev.almadia.history.Seen;
import dev.almadia.history.Value;
import dev.almadia.v1.Record;
import dev.almadia.v1.StoredBatch;
import java.util.ArrayList;
import java.util.List;

/** Reads records as they come from a broker or a disk. */
final class Records {
  private Records() {}

  /**
   * The records of some batches, from an offset on.
   *
   * @param fromOffset records before it were not asked for
   */
  static List<Seen> seen(List<StoredBatch> batches, long fromOffset) {
    List<Seen> seen = new ArrayList<>();
    for (StoredBatch batch : batches) {
      long offset = batch.getFirstOffset();
      for (Record record : batch.getRecords().getRecordsList()) {
        if (offset >= fromOffset) {
          seen.add(seen(record, offset, batch.getAppendTimeMs()));
        }
        offset++;
      }
    }
    return seen;
  }

  /** One record. */
  static Seen seen(Record record, long offset, long appendTimeMillis) {
    long timeMillis = record.getTimestampMs() == 0 ? appendTimeMillis : record.getTimestampMs();
    return new Seen(offset, Value.decode(record.getValue().toByteArray()), timeMillis);
  }

  /** What is wrong with a batch by its own account, empty if nothing is. */
  static String flawOf(List<StoredBatch> batches) {
    for (StoredBatch batch : batches) {
      int records = batch.getRecords().getRecordsCount();
      if (!batch.hasRecords() || records == 0 || records != batch.getRecordCount()) {
        return "batch at "
            + batch.getFirstOffset()
            + " says "
            + batch.getRecordCount()
            + " records and has "
            + records;
      }
    }
    return "";
  }
}
