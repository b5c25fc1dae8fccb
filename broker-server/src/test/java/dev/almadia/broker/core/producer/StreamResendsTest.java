// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.core.producer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.almadia.broker.core.producer.Verdict.Refusal;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Streams of a producer over some partitions, each of which gets only the beginning of what was
 * sent to it: whatever is resent, the logs have each record once and in order, and nothing is said
 * to be there that is not.
 */
class StreamResendsTest {
  private static final int PARTITIONS = 3;
  private static final int BATCHES_PER_ROUND = 20;
  private static final int RESENT_MAX = 40;

  /** Where each record of a batch goes. */
  private record Batch(long first, int[] targets) {}

  private record Sent(int batch, ProducerWrite.Part part) {}

  private static final class Partition {
    final PartitionProducers producers = new PartitionProducers();
    final List<Long> log = new ArrayList<>();
  }

  private final List<Partition> partitions = new ArrayList<>();
  private final List<Batch> batches = new ArrayList<>();
  private Random random = new Random();
  private long epoch;
  private int acknowledged;
  private int duplicates;
  private int refusals;

  private void start(long seed) {
    random = new Random(seed);
    for (int i = 0; i < PARTITIONS; i++) {
      partitions.add(new Partition());
    }
  }

  private void makeBatches() {
    for (int i = 0; i < BATCHES_PER_ROUND; i++) {
      Batch last = batches.isEmpty() ? null : batches.get(batches.size() - 1);
      long first = last == null ? 1 : last.first() + last.targets().length;
      int[] targets = new int[1 + random.nextInt(5)];
      for (int r = 0; r < targets.length; r++) {
        targets[r] = random.nextInt(PARTITIONS);
      }
      batches.add(new Batch(first, targets));
    }
  }

  private static int[] indexesOf(Batch batch, int partition) {
    int[] indexes = new int[batch.targets().length];
    int count = 0;
    for (int i = 0; i < indexes.length; i++) {
      if (batch.targets()[i] == partition) {
        indexes[count++] = i;
      }
    }
    return Arrays.copyOf(indexes, count);
  }

  private StreamNumbering open() {
    epoch++;
    long last = 0;
    for (Partition partition : partitions) {
      partition.producers.applyOpening(1, "p", epoch, epoch);
      last = Math.max(last, partition.producers.applied("p").lastSequence());
    }
    return StreamNumbering.opened(new StreamNumbering.Who("orders", "p", epoch), List.of(), last);
  }

  /** A stream from some batch on, of which each partition gets a beginning. */
  private void stream(int from) {
    StreamNumbering stream = open();
    List<Deque<Sent>> lanes = new ArrayList<>();
    for (int p = 0; p < PARTITIONS; p++) {
      lanes.add(new ArrayDeque<>());
    }
    int[] missing = new int[batches.size()];
    int end = from;
    while (end < batches.size()) {
      Batch batch = batches.get(end);
      if (stream.take(batch.first(), batch.targets().length, null) != null) {
        break;
      }
      for (int p = 0; p < PARTITIONS; p++) {
        int[] indexes = indexesOf(batch, p);
        if (indexes.length > 0) {
          lanes.get(p).add(new Sent(end, stream.part(p, indexes, indexes.length)));
          missing[end]++;
        }
      }
      end++;
    }
    for (int p = 0; p < PARTITIONS; p++) {
      int stop = random.nextInt(3) == 0 ? 0 : random.nextInt(lanes.get(p).size() + 1);
      write(p, stream, lanes.get(p), stop, missing);
    }
    int acked = from;
    while (acked < end && missing[acked] == 0) {
      acked++;
    }
    for (Partition partition : partitions) {
      assertThat(partition.log).isSorted().doesNotHaveDuplicates();
    }
    acknowledged = from <= acknowledged ? Math.max(acknowledged, acked) : acknowledged;
  }

  private void write(int p, StreamNumbering stream, Deque<Sent> lane, int stop, int[] missing) {
    int left = stop;
    while (left > 0) {
      List<Sent> merged = new ArrayList<>();
      for (int size = 1 + random.nextInt(Math.min(left, 6)); size > 0; size--) {
        merged.add(lane.remove());
      }
      left -= merged.size();
      if (!write(p, stream.write(merged.stream().map(Sent::part).toList()))) {
        for (Sent alone : merged) {
          if (!write(p, stream.write(List.of(alone.part())))) {
            refusals++;
            return;
          }
          missing[alone.batch()]--;
        }
        continue;
      }
      merged.forEach(sent -> missing[sent.batch()]--);
    }
  }

  /** What the leader does; false if it refuses. */
  private boolean write(int p, ProducerWrite write) {
    Partition partition = partitions.get(p);
    Verdict verdict = partition.producers.judge(1, write, 10);
    if (verdict instanceof Verdict.Refused refused) {
      assertThat(refused.refusal()).isIn(Refusal.REGRESSED, Refusal.GAP);
      return false;
    }
    List<Long> known =
        verdict instanceof Verdict.Append append
            ? append.offsets()
            : ((Verdict.Duplicate) verdict).offsets();
    for (int i = 0; i < write.parts().size(); i++) {
      List<Long> sequences = sequencesOf(p, write.parts().get(i).segment());
      if (i < known.size()) {
        duplicates++;
        assertThat(partition.log).as("what is said to be there").containsAll(sequences);
        int offset = known.get(i).intValue();
        if (offset >= 0) {
          assertThat(partition.log.subList(offset, offset + sequences.size())).isEqualTo(sequences);
        }
      }
    }
    if (known.size() < write.parts().size()) {
      ProducerStamp stamp = write.stampFrom(known.size());
      int place = partition.producers.appended(stamp, partition.log.size(), 1);
      assertThat(place).isZero();
      partition.producers.apply(1, stamp, partition.log.size(), 1);
      stamp.segments().forEach(segment -> partition.log.addAll(sequencesOf(p, segment)));
    }
    return true;
  }

  /** The sequences of a part of a batch. */
  private List<Long> sequencesOf(int p, Segment segment) {
    List<Long> sequences = new ArrayList<>();
    for (Batch batch : batches) {
      long next = batch.first() + batch.targets().length;
      if (next <= segment.firstSequence() || segment.lastSequence() < batch.first()) {
        continue;
      }
      for (int index : indexesOf(batch, p)) {
        long sequence = batch.first() + index;
        if (segment.firstSequence() <= sequence && sequence <= segment.lastSequence()) {
          sequences.add(sequence);
        }
      }
    }
    assertThat(sequences).hasSize(segment.count());
    return sequences;
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6})
  void whoBeginsAtOrBeforeTheFirstThatWasNotAcknowledgedIsNeverRefused(long seed) {
    start(seed);
    for (int round = 0; round < 60; round++) {
      makeBatches();
      int resent = random.nextBoolean() ? 0 : random.nextInt(RESENT_MAX);
      stream(Math.max(0, acknowledged - resent));
      assertThat(refusals).isZero();
    }
    assertThat(duplicates).isGreaterThan(500);
    assertThat(acknowledged).isGreaterThan(300);
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6})
  void whoLeavesSomeOutMayBeRefusedLaterButHearsNothingWrong(long seed) {
    start(seed);
    for (int round = 0; round < 80; round++) {
      makeBatches();
      if (random.nextBoolean()) {
        unary();
      }
      stream(random.nextInt(batches.size()));
    }
    assertThat(refusals).isGreaterThan(10);
    assertThat(duplicates).isGreaterThan(30);
  }

  /** Some batches in calls of their own, in any order. */
  private void unary() {
    for (int i = 0; i < 5; i++) {
      Batch batch = batches.get(random.nextInt(batches.size()));
      ProducerClaim claim = new ProducerClaim("p", epoch, batch.first());
      for (int p = 0; p < PARTITIONS; p++) {
        int[] indexes = indexesOf(batch, p);
        if (indexes.length > 0 && !write(p, claim.routed(indexes))) {
          refusals++;
        }
      }
    }
  }
}
