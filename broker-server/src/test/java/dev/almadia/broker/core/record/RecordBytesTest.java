// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.core.record;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.almadia.broker.core.topics.Decision;
import dev.almadia.internal.v1.OpaqueRecordBatch;
import dev.almadia.internal.v1.OpaqueStoredBatch;
import dev.almadia.v1.ErrorReason;
import dev.almadia.v1.ProducerStamp;
import dev.almadia.v1.Record;
import dev.almadia.v1.RecordSet;
import dev.almadia.v1.SequenceRange;
import dev.almadia.v1.StoredBatch;
import dev.almadia.v1.TopicConfig;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is done with the bytes of a set, beside the same done with decoded records. */
class RecordBytesTest {
  @ParameterizedTest
  @CsvSource({
    "21, -973932308",
    "foobar, -790332482",
    "a-little-bit-long-string, -985981536",
    "a-little-bit-longer-string, -1486304829",
    "lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8, -58897971",
    "abc, 479470107"
  })
  void murmurHasTheValuesOfKafka(String key, int hash) {
    byte[] bytes = ("__" + key).getBytes(StandardCharsets.UTF_8);

    assertThat(Murmur2.hash(bytes, 2, bytes.length - 2)).isEqualTo(hash);
  }

  @Test
  void rangesAreThoseOfTheDecodedList() throws Exception {
    Random random = new Random(7);
    for (int round = 0; round < 1000; round++) {
      RecordSet set = RecordSets.random(random, 1 + random.nextInt(10));
      int from = random.nextInt(set.getRecordsCount());
      int recordsMax = 1 + random.nextInt(10);
      int bytesMax = random.nextInt(200);

      RecordRanges.Range range =
          RecordRanges.range(ByteSlice.of(set.toByteArray()), from, recordsMax, bytesMax);

      RecordSet.Builder expected = RecordSet.newBuilder();
      for (int i = from; i < set.getRecordsCount() && i - from < recordsMax; i++) {
        RecordSet more = expected.clone().addRecords(set.getRecords(i)).build();
        if (i > from && more.getSerializedSize() > bytesMax) {
          break;
        }
        expected.addRecords(set.getRecords(i));
      }
      assertThat(parse(range.bytes())).isEqualTo(expected.build());
      assertThat(range.count()).isEqualTo(expected.getRecordsCount());
    }
  }

  @Test
  void theRestOfABatchIsTheBatchOfTheLaterRecords() throws Exception {
    Random random = new Random(11);
    for (int round = 0; round < 300; round++) {
      RecordSet set = RecordSets.random(random, 2 + random.nextInt(6));
      int first = 1 + random.nextInt(set.getRecordsCount() - 1);
      RecordSet later =
          RecordSet.newBuilder()
              .addAllRecords(set.getRecordsList().subList(first, set.getRecordsCount()))
              .build();

      ProducedBatch rest = batch(set).from(first);

      ProducedBatch expected = batch(later);
      assertThat(parse(rest.records())).isEqualTo(later);
      assertThat(rest.count()).isEqualTo(expected.count());
      assertThat(rest.crc32c()).isEqualTo(expected.crc32c());
      assertThat(rest.highestTimestampMs(5000)).isEqualTo(expected.highestTimestampMs(5000));
    }
  }

  private static ProducedBatch batch(RecordSet set) {
    ByteSlice bytes = ByteSlice.of(set.toByteArray());
    RecordSetScanner.Scan.Sound sound = (RecordSetScanner.Scan.Sound) RecordSetScanner.scan(bytes);
    return new ProducedBatch(
        bytes,
        sound.count(),
        bytes.crc32c(),
        sound.highestTimestampMs(),
        sound.someWithoutTimestamp(),
        false,
        RecordIds.NOT_READ);
  }

  @Test
  void findsTheFirstRecordAtOrAfterATime() {
    Random random = new Random(8);
    for (int round = 0; round < 1000; round++) {
      RecordSet set = RecordSets.random(random, 1 + random.nextInt(10));
      long appendTime = random.nextInt(10_000);
      long wanted = random.nextInt(10_000);
      int expected = 0;
      while (expected < set.getRecordsCount()
          && timeOf(set.getRecords(expected), appendTime) < wanted) {
        expected++;
      }

      assertThat(RecordRanges.firstAtOrAfter(ByteSlice.of(set.toByteArray()), wanted, appendTime))
          .isEqualTo(expected);
    }
  }

  private static long timeOf(Record record, long appendTime) {
    return record.getTimestampMs() == 0 ? appendTime : record.getTimestampMs();
  }

  @Test
  void splitsByKeyAndLosesNothing() throws Exception {
    Random random = new Random(9);
    for (int round = 0; round < 500; round++) {
      RecordSet set = RecordSets.random(random, 1 + random.nextInt(30));
      int partitions = 1 + random.nextInt(7);
      int keyless = random.nextInt(partitions);

      List<KeySplitter.Part> parts =
          KeySplitter.split(
              ByteSlice.of(set.toByteArray()), set.getRecordsCount(), partitions, keyless);

      TreeMap<Integer, RecordSet.Builder> expected = new TreeMap<>();
      TreeMap<Integer, List<Integer>> indexes = new TreeMap<>();
      for (int i = 0; i < set.getRecordsCount(); i++) {
        Record record = set.getRecords(i);
        byte[] key = record.getKey().toByteArray();
        byte[] id = record.getRecordId().toByteArray();
        byte[] by = record.hasKey() ? key : id;
        int partition =
            record.hasKey() || id.length > 0
                ? Murmur2.partition(by, 0, by.length, partitions)
                : keyless;
        expected.computeIfAbsent(partition, p -> RecordSet.newBuilder()).addRecords(record);
        indexes.computeIfAbsent(partition, p -> new ArrayList<>()).add(i);
      }
      assertThat(parts)
          .extracting(KeySplitter.Part::partition)
          .containsExactlyElementsOf(expected.keySet());
      for (KeySplitter.Part part : parts) {
        assertThat(parse(part.bytes())).isEqualTo(expected.get(part.partition()).build());
        assertThat(part.recordIndexes())
            .containsExactly(
                indexes.get(part.partition()).stream().mapToInt(Integer::intValue).toArray());
      }
    }
  }

  @Test
  void aStoredBatchIsWhatProtobufWrites() throws Exception {
    Random random = new Random(10);
    for (int round = 0; round < 500; round++) {
      RecordSet set = RecordSets.random(random, 1 + random.nextInt(5));
      StoredBatches.Stored stored =
          new StoredBatches.Stored(
              random.nextInt(3) == 0 ? 0 : random.nextLong() >>> random.nextInt(63),
              random.nextInt(3) == 0 ? 0 : random.nextLong(),
              random.nextInt(3) == 0 ? 0 : random.nextInt(1000),
              ByteSlice.of(set.toByteArray()),
              random.nextInt(3) == 0 ? 0 : random.nextInt(),
              set.getRecordsCount(),
              false,
              random.nextBoolean() ? ByteSlice.EMPTY : producer(random),
              random.nextBoolean() ? ByteSlice.EMPTY : recordIds(random));

      byte[] bytes = StoredBatches.write(stored);

      assertThat(OpaqueStoredBatch.parseFrom(bytes).toByteArray()).isEqualTo(bytes);
      StoredBatches.Stored read = StoredBatches.read(bytes);
      byte[] shown = Arrays.copyOf(bytes, StoredBatches.publicBytes(bytes, read));
      StoredBatch parsed = StoredBatch.parseFrom(shown);
      assertThat(parsed.getUnknownFields().asMap()).isEmpty();
      assertThat(parsed.toByteArray()).isEqualTo(shown);
      assertThat(parsed.getFirstOffset()).isEqualTo(stored.firstOffset());
      assertThat(parsed.getAppendTimeMs()).isEqualTo(stored.appendTimeMs());
      assertThat(parsed.getTerm()).isEqualTo(stored.term());
      assertThat(parsed.getCrc32C()).isEqualTo(stored.crc32c());
      assertThat(parsed.getRecordCount()).isEqualTo(stored.count());
      assertThat(parsed.getRecords()).isEqualTo(set);
      assertThat(parse(read.records())).isEqualTo(set);
      assertThat(read.crc32c()).isEqualTo(stored.crc32c());
      assertThat(read.nextOffset()).isEqualTo(stored.nextOffset());
      byte[] producer = parsed.getProducer().toByteArray();
      assertThat(producer).hasSize(stored.producer().length());
      ByteSlice found = read.producer();
      assertThat(ProducerStamp.parser().parseFrom(found.array(), found.offset(), found.length()))
          .isEqualTo(parsed.getProducer());
      assertThat(copy(read.recordIds())).isEqualTo(copy(stored.recordIds()));
      assertThat(StoredBatches.isStamped(bytes))
          .isEqualTo(stored.producer().length() > 0 || stored.recordIds().length() > 0);
    }
  }

  private static byte[] copy(ByteSlice bytes) {
    return Arrays.copyOfRange(bytes.array(), bytes.offset(), bytes.end());
  }

  private static ByteSlice recordIds(Random random) {
    byte[] bytes = new byte[1 + random.nextInt(300)];
    random.nextBytes(bytes);
    return ByteSlice.of(bytes);
  }

  private static ByteSlice producer(Random random) {
    SequenceRange range =
        SequenceRange.newBuilder().setFirstSequence(1 + random.nextInt(1000)).build();
    return ByteSlice.of(
        ProducerStamp.newBuilder()
            .setProducerId("p" + "x".repeat(random.nextInt(120)))
            .setEpoch(random.nextLong() >>> random.nextInt(63))
            .addRanges(range)
            .build()
            .toByteArray());
  }

  @Test
  void aSliceStartsInTheMiddleAndHasItsOwnChecksum() throws Exception {
    RecordSet set = RecordSets.random(new Random(3), 10);
    ByteSlice bytes = ByteSlice.of(set.toByteArray());
    StoredBatches.Stored whole =
        new StoredBatches.Stored(
            100,
            5,
            2,
            bytes,
            bytes.crc32c(),
            set.getRecordsCount(),
            false,
            producer(new Random(1)),
            recordIds(new Random(2)));

    StoredBatches.Stored slice = StoredBatches.slice(whole, 104, 3, Long.MAX_VALUE);

    assertThat(slice.firstOffset()).isEqualTo(104);
    assertThat(slice.nextOffset()).isEqualTo(107);
    assertThat(slice.producer().length()).isZero();
    assertThat(slice.recordIds().length()).isZero();
    assertThat(slice.crc32c()).isEqualTo(slice.records().crc32c());
    assertThat(parse(slice.records()).getRecordsList())
        .isEqualTo(set.getRecordsList().subList(4, 7));
    assertThat(StoredBatches.slice(whole, 90, 10, Long.MAX_VALUE)).isSameAs(whole);
    assertThat(StoredBatches.slice(whole, 100, 10, 0).count()).isEqualTo(1);
  }

  @Test
  void aBatchIsCheckedFromTheOutsideIn() {
    ByteString good = RecordSets.random(new Random(1), 3).toByteString();
    OpaqueRecordBatch plain = OpaqueRecordBatch.newBuilder().setRecords(good).build();
    int crc = ByteSlice.of(good.toByteArray()).crc32c();

    assertThat(reason(plain, 1 << 20)).isNull();
    assertThat(reason(plain.toBuilder().setCrc32C(crc).setRecordCount(3).build(), 1 << 20))
        .isNull();
    assertThat(reason(plain, good.size())).isNull();
    assertThat(reason(plain, good.size() - 1)).isEqualTo(ErrorReason.ERROR_REASON_BATCH_TOO_LARGE);
    assertThat(reason(plain.toBuilder().setCrc32C(crc + 1).build(), 1 << 20))
        .isEqualTo(ErrorReason.ERROR_REASON_CHECKSUM_MISMATCH);
    assertThat(reason(plain.toBuilder().setRecordCount(4).build(), 1 << 20))
        .isEqualTo(ErrorReason.ERROR_REASON_COUNT_MISMATCH);
    assertThat(reason(plain.toBuilder().setRecordCount(-1).build(), 1 << 20))
        .isEqualTo(ErrorReason.ERROR_REASON_COUNT_MISMATCH);
    assertThat(reason(plain.toBuilder().setRecords(ByteString.EMPTY).build(), 1 << 20))
        .isEqualTo(ErrorReason.ERROR_REASON_INVALID_ARGUMENT);
    assertThat(reason(OpaqueRecordBatch.getDefaultInstance(), 1 << 20))
        .isEqualTo(ErrorReason.ERROR_REASON_INVALID_ARGUMENT);
    assertThat(
            reason(
                plain.toBuilder().setRecords(ByteString.copyFromUtf8("garbage")).build(), 1 << 20))
        .isEqualTo(ErrorReason.ERROR_REASON_MALFORMED_RECORDS);
  }

  private static ErrorReason reason(OpaqueRecordBatch batch, long limit) {
    ByteSlice records = ByteSlice.of(batch.getRecords().toByteArray());
    TopicConfig config = TopicConfig.newBuilder().setMaxBatchBytes(limit).build();
    return BatchChecks.check(batch, records, "t", config)
            instanceof Decision.Refused<ProducedBatch> refused
        ? refused.error().reason()
        : null;
  }

  private static RecordSet parse(ByteSlice bytes) throws Exception {
    return RecordSet.parseFrom(ByteString.copyFrom(bytes.array(), bytes.offset(), bytes.length()));
  }
}
