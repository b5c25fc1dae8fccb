// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.server.data;

import dev.almadia.broker.core.recordid.Originals;
import dev.almadia.v1.PartitionResult;
import dev.almadia.v1.WriteOutcome;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * What became of each record of a write of which some were known by their ids: results in one
 * piece, to be put together and cut. Immutable.
 */
final class RecordOutcomes {
  /** What all results have in common. */
  private final PartitionResult like;

  private final long[] offsets;
  private final boolean[] wereThere;

  private RecordOutcomes(PartitionResult like, long[] offsets, boolean[] wereThere) {
    this.like = like;
    this.offsets = offsets;
    this.wereThere = wereThere;
  }

  /** Of no records. */
  static RecordOutcomes none(PartitionResult like) {
    return new RecordOutcomes(like, new long[0], new boolean[0]);
  }

  /** Whether these results of a write of so many records say something of single ones. */
  static boolean areOf(List<PartitionResult> results, int count) {
    int records = 0;
    boolean areSingle = false;
    for (PartitionResult result : results) {
      int offsets = result.getRecordOffsetsCount();
      int indexes = result.getRecordIndexesCount();
      records += result.getRecordCount();
      areSingle |= offsets > 0 || indexes > 0;
      if ((offsets > 0 && offsets != result.getRecordCount())
          || (results.size() > 1 && indexes != result.getRecordCount())
          || result.getRecordIndexesList().stream().anyMatch(i -> i < 0 || i >= count)) {
        return false;
      }
    }
    return areSingle && records == count;
  }

  /** From the results of a write. */
  static RecordOutcomes of(List<PartitionResult> results) {
    int count = results.stream().mapToInt(PartitionResult::getRecordCount).sum();
    RecordOutcomes all = new RecordOutcomes(results.get(0), new long[count], new boolean[count]);
    for (PartitionResult result : results) {
      boolean isThere = result.getOutcome() == WriteOutcome.WRITE_OUTCOME_DUPLICATE;
      for (int i = 0; i < result.getRecordCount(); i++) {
        int record = result.getRecordIndexesCount() == 0 ? i : result.getRecordIndexes(i);
        all.wereThere[record] = isThere;
        all.offsets[record] =
            result.getRecordOffsetsCount() == 0
                ? result.getFirstOffset() + i
                : result.getRecordOffsets(i);
      }
    }
    return all;
  }

  /** Of a whole batch, where these are of its new records. */
  RecordOutcomes in(Originals originals) {
    long[] all = originals.offsets(offsets);
    boolean[] there = new boolean[all.length];
    int at = 0;
    for (int record = 0; record < there.length; record++) {
      there[record] = !originals.isNew(record) || wereThere[at++];
    }
    return new RecordOutcomes(like, all, there);
  }

  /** Of some of the records. */
  RecordOutcomes part(int from, int count) {
    return new RecordOutcomes(
        like,
        Arrays.copyOfRange(offsets, from, from + count),
        Arrays.copyOfRange(wereThere, from, from + count));
  }

  /** One result if all fared alike, else one for those that are new and one for the others. */
  List<PartitionResult> results() {
    List<PartitionResult> results = new ArrayList<>(2);
    add(results, false);
    add(results, true);
    return results;
  }

  private void add(List<PartitionResult> results, boolean isThere) {
    List<Integer> records = new ArrayList<>();
    List<Long> at = new ArrayList<>();
    boolean isDense = true;
    for (int record = 0; record < offsets.length; record++) {
      if (wereThere[record] == isThere) {
        isDense &= at.isEmpty() || at.get(at.size() - 1) + 1 == offsets[record];
        records.add(record);
        at.add(offsets[record]);
      }
    }
    if (records.isEmpty()) {
      return;
    }
    PartitionResult.Builder result =
        like.toBuilder()
            .clearRecordIndexes()
            .clearRecordOffsets()
            .setOutcome(
                isThere ? WriteOutcome.WRITE_OUTCOME_DUPLICATE : WriteOutcome.WRITE_OUTCOME_APPLIED)
            .setFirstOffset(at.get(0))
            .setRecordCount(records.size());
    if (isThere) {
      result.setAppendTimeMs(0);
    }
    if (records.size() < offsets.length) {
      result.addAllRecordIndexes(records);
    }
    if (!isDense) {
      result.addAllRecordOffsets(at);
    }
    results.add(result.build());
  }
}
