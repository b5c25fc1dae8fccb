// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.server.data;

import dev.almadia.broker.core.BrokerError;
import dev.almadia.broker.core.Errors;
import dev.almadia.broker.core.metadata.TopicImage;
import dev.almadia.broker.core.record.BatchChecks;
import dev.almadia.broker.core.record.ByteSlice;
import dev.almadia.broker.core.record.KeySplitter;
import dev.almadia.broker.core.record.ProducedBatch;
import dev.almadia.broker.core.topics.Decision;
import dev.almadia.internal.v1.OpaqueRecordBatch;
import dev.almadia.v1.PartitionResult;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Checks a batch, and cuts it into a part for each partition if the caller named none. */
final class BatchParts {
  /** Records whose numbers an answer can carry without growing beyond a client's limit. */
  private static final int[] ALL = {};

  private BatchParts() {}

  /**
   * A part.
   *
   * @param recordIndexes numbers of its records in the request; empty if the caller named the
   *     partition, and so all of them
   */
  @SuppressWarnings("ArrayRecordComponent") // equality of parts is never asked for
  record Part(int partition, ProducedBatch batch, int[] recordIndexes) {
    /** The result of the part as the caller sees it. */
    PartitionResult inRequest(PartitionResult result) {
      if (recordIndexes.length == 0) {
        return result;
      }
      List<Integer> some = result.getRecordIndexesList();
      IntStream inRequest =
          some.isEmpty()
              ? Arrays.stream(recordIndexes)
              : some.stream().mapToInt(record -> recordIndexes[record]);
      return result.toBuilder()
          .clearRecordIndexes()
          .addAllRecordIndexes(inRequest.boxed().toList())
          .build();
    }
  }

  /** Whether {@link #of} takes too long for an event loop. */
  static boolean isLong(OpaqueRecordBatch batch) {
    return batch.hasCompressed() && BatchChecks.isLong(batch, contentOf(batch));
  }

  /** Bytes of the records as they came. */
  static long bytesOf(OpaqueRecordBatch batch) {
    return batch.hasCompressed() ? batch.getCompressed().size() : batch.getRecords().size();
  }

  private static ByteSlice contentOf(OpaqueRecordBatch batch) {
    return ByteSlices.of(batch.hasCompressed() ? batch.getCompressed() : batch.getRecords());
  }

  /**
   * The parts, ascending by partition. A compressed batch without a partition is inflated as a
   * whole for it, and its parts are compressed again.
   *
   * @param partition as the caller named it, null if it did not
   * @param keyless partition for records without a key
   */
  static Decision<List<Part>> of(
      TopicImage topic, @Nullable Integer partition, OpaqueRecordBatch batch, int keyless) {
    int partitions = topic.partitions().size();
    if (partition != null && (partition < 0 || partition >= partitions)) {
      return Decision.refuse(Errors.partitionNotFound(topic.name(), partition, partitions));
    }
    Decision<ProducedBatch> check =
        BatchChecks.check(batch, contentOf(batch), topic.name(), topic.config());
    if (check instanceof Decision.Refused<ProducedBatch> refused) {
      BrokerError error = refused.error();
      return Decision.refuse(error);
    }
    ProducedBatch checked = ((Decision.Accepted<ProducedBatch>) check).value();
    if (partition != null) {
      return Decision.accept(List.of(new Part(partition, checked, ALL)));
    }
    List<Part> parts = new ArrayList<>();
    for (KeySplitter.Part part :
        KeySplitter.split(checked.plainRecords(), checked.count(), partitions, keyless)) {
      parts.add(new Part(part.partition(), checked.part(part), part.recordIndexes()));
    }
    return Decision.accept(parts);
  }
}
