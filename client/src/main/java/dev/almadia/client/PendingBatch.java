// SPDX-License-Identifier: Apache-2.0
package dev.almadia.client;

import com.google.protobuf.ByteString;
import dev.almadia.internal.v1.OpaqueRecordBatch;
import dev.almadia.v1.Codec;
import dev.almadia.v1.PartitionResult;
import dev.almadia.v1.ProduceStreamAck;
import dev.almadia.v1.Record;
import dev.almadia.v1.RecordSet;
import dev.almadia.v1.WriteOutcome;
import io.grpc.Status;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Records on their way together. Owned by its producer, under the producer's lock; only {@link
 * #make} runs outside of it, and {@link #acknowledge} and {@link #fail}, when nobody else holds the
 * batch any more.
 */
final class PendingBatch {
  /** Partition that all records go to; null if the server chooses. */
  final @Nullable Integer partition;

  /** When its first record was added; System.nanoTime. */
  final long createdNanos;

  private final RecordSet.Builder building = RecordSet.newBuilder();
  private final List<CompletableFuture<Acknowledged>> futures = new ArrayList<>();
  private @Nullable OpaqueRecordBatch sealed;
  private @Nullable CompletableFuture<ProduceStreamAck> whole;
  private int wholeCount;
  private long bytes;

  /** Number on the stream that it was last sent on. */
  long batchId;

  /** When it was last sent; System.nanoTime. Meaningless before. */
  long sentNanos;

  /** How often it was sent. */
  int sends;

  /** An earlier sending of it ended without a word: it may be in the log. */
  boolean maybeApplied;

  /** Of an idempotent producer: sequence of its first record; 0 until it gets one. */
  long firstSequence;

  /** It may be in the log, and nobody can tell any more: it must not be sent again. */
  boolean unsettled;

  /** Number of partitions among which the producer chose this one; 0 if the caller did. */
  int routedAmong;

  private final Codec codec;

  // Written by one thread outside of the lock, read under it when that thread took it again.
  private volatile boolean made;
  private @Nullable RuntimeException problem;

  PendingBatch(@Nullable Integer partition, long createdNanos, Codec codec) {
    this.partition = partition;
    this.createdNanos = createdNanos;
    this.codec = codec;
  }

  /** A batch that came ready made; its future gets the acknowledgement as it is. */
  static PendingBatch ofReady(
      @Nullable Integer partition,
      OpaqueRecordBatch batch,
      CompletableFuture<ProduceStreamAck> future) {
    PendingBatch made = new PendingBatch(partition, System.nanoTime(), Codec.CODEC_UNSPECIFIED);
    made.sealed = batch;
    made.made = true;
    made.bytes = Batches.bytesOf(batch);
    made.whole = future;
    made.wholeCount = batch.getRecordCount();
    return made;
  }

  /** Bytes of its serialized records, before compression unless it came ready made. */
  long bytes() {
    return bytes;
  }

  /** Number of records. */
  int count() {
    return whole == null ? futures.size() : wholeCount;
  }

  /** Adds a record that takes so many bytes in the set. */
  void add(Record record, long recordBytes, CompletableFuture<Acknowledged> future) {
    var unused = building.addRecords(record);
    bytes += recordBytes;
    futures.add(future);
  }

  /**
   * Makes its wire form: serializes, compresses. The one call outside of the lock, by the thread
   * that completed the batch; no record may be added after.
   */
  void make() {
    try {
      ByteString set = building.build().toByteString();
      building.clear();
      sealed = Batches.opaque(set, count(), codec);
    } catch (RuntimeException e) {
      problem = e;
    }
    made = true;
  }

  /** Whether {@link #wire} or {@link #misfit} can be asked. */
  boolean isMade() {
    return made;
  }

  /** Its wire form. */
  OpaqueRecordBatch wire() {
    if (sealed == null) {
      throw new IllegalStateException("the batch is not made");
    }
    return sealed;
  }

  /** Why it cannot be sent to a topic with so many partitions; null if it can. */
  @Nullable AlmadiaException misfit(int partitions) {
    if (problem != null) {
      return ProducerErrors.notMade(problem);
    }
    return routedAmong == 0 || routedAmong == partitions
        ? null
        : ProducerErrors.otherPartitions(routedAmong, partitions);
  }

  /** What became of it, now that it is acknowledged. */
  BatchReport report(String topic, ProduceStreamAck ack) {
    int applied = 0;
    int notApplied = 0;
    for (PartitionResult result : ack.getResultsList()) {
      int named = result.getRecordIndexesCount();
      int part = named == 0 ? count() : named;
      switch (result.getOutcome()) {
        case WRITE_OUTCOME_APPLIED, WRITE_OUTCOME_DUPLICATE -> applied += part;
        case WRITE_OUTCOME_NOT_APPLIED -> notApplied += part;
        case WRITE_OUTCOME_UNKNOWN, WRITE_OUTCOME_UNSPECIFIED, UNRECOGNIZED -> {
          // All that is left.
        }
      }
    }
    return report(topic, notApplied, Math.max(0, count() - applied - notApplied), null);
  }

  /** What became of it, now that it failed. */
  BatchReport report(String topic, AlmadiaException error) {
    return error.outcome() == Outcome.NOT_APPLIED
        ? report(topic, count(), 0, error)
        : report(topic, 0, count(), error);
  }

  private BatchReport report(
      String topic, int notApplied, int unknown, @Nullable AlmadiaException failure) {
    long nowNanos = System.nanoTime();
    return new BatchReport(
        topic,
        count(),
        notApplied,
        unknown,
        bytes,
        sends == 0 || sealed == null ? 0 : Batches.bytesOf(sealed),
        sends,
        nowNanos - createdNanos,
        sends == 0 ? 0 : nowNanos - sentNanos,
        failure);
  }

  /** Completes each record's future with its place. Runs the callers' code. */
  void acknowledge(ProduceStreamAck ack, String where) {
    if (whole != null) {
      whole.complete(ack);
      return;
    }
    for (PartitionResult result : ack.getResultsList()) {
      boolean isWhole = result.getRecordIndexesCount() == 0;
      int parts = isWhole ? count() : result.getRecordIndexesCount();
      for (int i = 0; i < parts; i++) {
        int index = isWhole ? i : result.getRecordIndexes(i);
        if (index >= 0 && index < count()) {
          complete(futures.get(index), result, i, where);
        }
      }
    }
    // Never hang: a record that the answer left out has an unknown outcome.
    AlmadiaException missing =
        AlmadiaException.local(
            Status.Code.INTERNAL,
            "the acknowledgement does not name this record",
            Outcome.UNKNOWN,
            "ProduceStream",
            where);
    futures.forEach(future -> future.completeExceptionally(missing));
  }

  private void complete(
      CompletableFuture<Acknowledged> future, PartitionResult result, int place, String where) {
    if (result.getOutcome() == WriteOutcome.WRITE_OUTCOME_APPLIED
        || result.getOutcome() == WriteOutcome.WRITE_OUTCOME_DUPLICATE) {
      // A duplicate from long ago: nobody knows where it is.
      long dense = result.getFirstOffset() < 0 ? -1 : result.getFirstOffset() + place;
      boolean isScattered = place < result.getRecordOffsetsCount();
      future.complete(
          new Acknowledged(
              result.getPartition(),
              isScattered ? result.getRecordOffsets(place) : dense,
              result.getDurability(),
              maybeApplied && firstSequence == 0));
      return;
    }
    Outcome outcome =
        result.getOutcome() == WriteOutcome.WRITE_OUTCOME_NOT_APPLIED
            ? Outcome.NOT_APPLIED
            : Outcome.UNKNOWN;
    future.completeExceptionally(
        AlmadiaException.ofPart(result.getFailure(), outcome, "ProduceStream", where));
  }

  /** The error of every record. A batch that was sent before without an answer stays unknown. */
  AlmadiaException error(AlmadiaException failure, Outcome outcome) {
    Outcome told = maybeApplied ? Outcome.UNKNOWN : outcome;
    return failure.outcome() == told ? failure : failure.withOutcome(told);
  }

  /** Fails every record with what {@link #error} gave. Runs the callers' code. */
  void fail(AlmadiaException error) {
    futures.forEach(future -> future.completeExceptionally(error));
    if (whole != null) {
      whole.completeExceptionally(error);
    }
  }
}
