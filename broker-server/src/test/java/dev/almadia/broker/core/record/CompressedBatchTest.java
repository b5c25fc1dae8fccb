// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.core.record;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.almadia.broker.core.BrokerError;
import dev.almadia.broker.core.topics.Decision;
import dev.almadia.codec.Codecs;
import dev.almadia.internal.v1.OpaqueRecordBatch;
import dev.almadia.v1.Codec;
import dev.almadia.v1.CompressedRecords;
import dev.almadia.v1.ErrorReason;
import dev.almadia.v1.Record;
import dev.almadia.v1.RecordSet;
import dev.almadia.v1.StoredBatch;
import dev.almadia.v1.TopicCompression;
import dev.almadia.v1.TopicConfig;
import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** What is taken and refused of compressed batches, beside the same done with plain ones. */
class CompressedBatchTest {
  private static final Codec[] CODECS = {Codec.CODEC_GZIP, Codec.CODEC_LZ4, Codec.CODEC_ZSTD};
  private static final long LIMIT = 1 << 20;

  @Test
  void aSetInPiecesGivesWhatItGivesAsAWhole() {
    Random random = new Random(1);
    int sound = 0;
    for (int round = 0; round < 20_000; round++) {
      byte[] set = RecordSets.random(random, random.nextInt(30)).toByteArray();
      for (int changes = random.nextInt(2); changes > 0 && set.length > 0; changes--) {
        set[random.nextInt(set.length)] ^= (byte) (1 << random.nextInt(8));
      }
      RecordSetScanner.Scan whole = RecordSetScanner.scan(ByteSlice.of(set), true);
      RecordSetScanner.Scan pieces = inPieces(set, 1 + random.nextInt(60), random);

      assertThat(pieces).isEqualTo(whole);
      sound += whole instanceof RecordSetScanner.Scan.Sound ? 1 : 0;
    }
    assertThat(sound).isBetween(8_000, 18_000);
  }

  @Test
  void largeRecordsInPiecesGiveWhatTheyGiveAsAWhole() {
    Random random = new Random(2);
    for (int round = 0; round < 30; round++) {
      RecordSet.Builder set = RecordSet.newBuilder();
      for (int i = 0; i < 3; i++) {
        set.addRecords(
            Record.newBuilder()
                .setValue(
                    ByteString.copyFrom(
                        new byte[RecordSetScanner.RECORD_BYTES_MAX - 9 + i * random.nextInt(4)]))
                .setTimestampMs(i + 1));
      }
      byte[] bytes = set.build().toByteArray();
      assertThat(inPieces(bytes, 64 << 10, random))
          .isEqualTo(RecordSetScanner.scan(ByteSlice.of(bytes), true));
    }
  }

  private static RecordSetScanner.Scan inPieces(byte[] set, int piecesMax, Random random) {
    RecordSetScanner scanner = RecordSetScanner.inPieces(set.length, true);
    byte[] piece = new byte[piecesMax];
    int at = 0;
    while (at < set.length) {
      int length = Math.min(set.length - at, 1 + random.nextInt(piecesMax));
      System.arraycopy(set, at, piece, 0, length);
      scanner.add(piece, length);
      Arrays.fill(piece, (byte) 0x55);
      at += length;
    }
    return scanner.end();
  }

  @Test
  void aCompressedBatchIsTakenOrRefusedAsItsPlainTwin() {
    Random random = new Random(3);
    int refused = 0;
    for (int round = 0; round < 3_000; round++) {
      RecordSet set = RecordSets.random(random, 1 + random.nextInt(40));
      byte[] bytes = set.toByteArray();
      if (random.nextInt(3) == 0 && bytes.length > 0) {
        bytes[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
      }
      int count = set.getRecordsCount() + (random.nextInt(20) == 0 ? 1 : 0);
      if (bytes.length == 0) {
        continue;
      }
      Decision<ProducedBatch> plain =
          check(
              OpaqueRecordBatch.newBuilder()
                  .setRecords(ByteString.copyFrom(bytes))
                  .setRecordCount(count)
                  .build(),
              any());
      Decision<ProducedBatch> packed = check(of(CODECS[round % 3], bytes, count), any());

      if (plain instanceof Decision.Refused<ProducedBatch> no) {
        assertThat(error(packed)).isEqualTo(no.error());
        refused++;
      } else {
        ProducedBatch one = ((Decision.Accepted<ProducedBatch>) plain).value();
        ProducedBatch two = ((Decision.Accepted<ProducedBatch>) packed).value();
        assertThat(two.compressed()).isTrue();
        assertThat(two.count()).isEqualTo(one.count());
        assertThat(two.highestTimestampMs()).isEqualTo(one.highestTimestampMs());
        assertThat(two.someWithoutTimestamp()).isEqualTo(one.someWithoutTimestamp());
        assertThat(bytes(two.plainRecords())).isEqualTo(bytes);
      }
    }
    assertThat(refused).isGreaterThan(300);
  }

  @ParameterizedTest
  @EnumSource(names = {"CODEC_GZIP", "CODEC_LZ4", "CODEC_ZSTD"})
  void isCheckedFromTheOutsideIn(Codec codec) {
    byte[] set = RecordSets.random(new Random(4), 5).toByteArray();
    CompressedRecords good = records(codec, set, 5);
    byte[] data = good.getData().toByteArray();
    byte[] longer = Arrays.copyOf(data, data.length + 1);
    byte[] twice = Arrays.copyOf(data, 2 * data.length);
    System.arraycopy(data, 0, twice, data.length, data.length);

    assertThat(reason(good.toBuilder())).isNull();
    assertThat(reason(good.toBuilder().setRecordCount(6)))
        .isEqualTo(ErrorReason.ERROR_REASON_COUNT_MISMATCH);
    assertThat(reason(good.toBuilder().setRecordCount(0)))
        .isEqualTo(ErrorReason.ERROR_REASON_INVALID_ARGUMENT);
    assertThat(reason(good.toBuilder().setRecordCount(-5)))
        .isEqualTo(ErrorReason.ERROR_REASON_INVALID_ARGUMENT);
    for (int wrong : new int[] {1, set.length - 1, set.length + 1, 1 << 20}) {
      assertThat(reason(good.toBuilder().setUncompressedBytes(wrong)))
          .as("%s of %s", wrong, set.length)
          .isEqualTo(ErrorReason.ERROR_REASON_SIZE_MISMATCH);
    }
    assertThat(reason(good.toBuilder().setUncompressedBytes(0)))
        .isEqualTo(ErrorReason.ERROR_REASON_INVALID_ARGUMENT);
    assertThat(reason(good.toBuilder().setUncompressedBytes(-1)))
        .isEqualTo(ErrorReason.ERROR_REASON_INVALID_ARGUMENT);
    for (long tooMuch : new long[] {LIMIT + 1, 1L << 31, 1L << 40, Long.MAX_VALUE}) {
      assertThat(reason(good.toBuilder().setUncompressedBytes(tooMuch)))
          .isEqualTo(ErrorReason.ERROR_REASON_BATCH_TOO_LARGE);
    }
    assertThat(reason(good.toBuilder().setCodecValue(0)))
        .isEqualTo(ErrorReason.ERROR_REASON_INVALID_ARGUMENT);
    assertThat(reason(good.toBuilder().setCodecValue(9)))
        .isEqualTo(ErrorReason.ERROR_REASON_INVALID_ARGUMENT);
    for (byte[] bad : List.of(new byte[0], Arrays.copyOf(data, data.length - 1), longer, twice)) {
      assertThat(reason(good.toBuilder().setData(ByteString.copyFrom(bad))))
          .isEqualTo(ErrorReason.ERROR_REASON_MALFORMED_RECORDS);
    }
    for (Codec other : CODECS) {
      if (other != codec) {
        assertThat(reason(good.toBuilder().setCodec(other)))
            .isEqualTo(ErrorReason.ERROR_REASON_MALFORMED_RECORDS);
      }
    }
    OpaqueRecordBatch batch = opaque(good);
    assertThat(reason(batch.toBuilder().setCrc32C(crc(data)).setRecordCount(5).build())).isNull();
    assertThat(reason(batch.toBuilder().setCrc32C(crc(data) + 1).build()))
        .isEqualTo(ErrorReason.ERROR_REASON_CHECKSUM_MISMATCH);
    assertThat(reason(batch.toBuilder().setRecordCount(4).build()))
        .isEqualTo(ErrorReason.ERROR_REASON_COUNT_MISMATCH);
    assertThat(reason(batch.toBuilder().setCompressed(ByteString.copyFromUtf8("garbage")).build()))
        .isEqualTo(ErrorReason.ERROR_REASON_MALFORMED_RECORDS);
    assertThat(reason(batch.toBuilder().setCompressed(ByteString.EMPTY).build()))
        .isEqualTo(ErrorReason.ERROR_REASON_INVALID_ARGUMENT);
  }

  @ParameterizedTest
  @EnumSource(names = {"CODEC_GZIP", "CODEC_LZ4", "CODEC_ZSTD"})
  void aRecordAboveTheLimitIsRefusedInACompressedBatchToo(Codec codec) {
    byte[] set =
        RecordSet.newBuilder()
            .addRecords(Record.newBuilder().setValue(ByteString.copyFrom(new byte[1 << 20])))
            .build()
            .toByteArray();

    BrokerError error =
        error(check(of(codec, set, 1), TopicConfig.newBuilder().setMaxBatchBytes(3 << 20).build()));

    assertThat(error.reason()).isEqualTo(ErrorReason.ERROR_REASON_RECORD_TOO_LARGE);
    assertThat(error.metadata()).containsEntry("limit", "1048576");
  }

  /** 256 MiB of zeros whose claim is small, in this JVM of 1 GiB: refused at what was claimed. */
  @ParameterizedTest
  @EnumSource(names = {"CODEC_GZIP", "CODEC_LZ4", "CODEC_ZSTD"})
  void aBombCostsNoMoreThanItClaims(Codec codec) {
    byte[] zeros = new byte[256 << 20];
    byte[] bomb = Codecs.compress(codec, zeros, 0, zeros.length);
    long bombMax = LIMIT + LIMIT / 128;
    CompressedRecords.Builder claims =
        CompressedRecords.newBuilder()
            .setCodec(codec)
            .setData(ByteString.copyFrom(bomb))
            .setRecordCount(1);

    BrokerError small = error(check(opaque(claims.setUncompressedBytes(5_000).build()), any()));
    BrokerError honest =
        error(check(opaque(claims.setUncompressedBytes(zeros.length).build()), any()));

    assertThat(honest.reason()).isEqualTo(ErrorReason.ERROR_REASON_BATCH_TOO_LARGE);
    if (bomb.length <= bombMax) {
      assertThat(small.reason()).isEqualTo(ErrorReason.ERROR_REASON_SIZE_MISMATCH);
      assertThat(small.metadata()).containsEntry("expected", "5000");
      assertThat(Integer.parseInt(small.metadata().get("actual"))).isLessThan(80_000);
    } else {
      assertThat(small.reason()).isEqualTo(ErrorReason.ERROR_REASON_BATCH_TOO_LARGE);
    }
  }

  @Test
  void randomChangesOfTheMessageNeverBreakTheCheck() {
    Random random = new Random(6);
    int taken = 0;
    for (int round = 0; round < 20_000; round++) {
      byte[] set = RecordSets.random(random, 1 + random.nextInt(4)).toByteArray();
      int count =
          RecordSetScanner.scan(ByteSlice.of(set)) instanceof RecordSetScanner.Scan.Sound s
              ? s.count()
              : 0;
      byte[] message = records(CODECS[round % 3], set, count).toByteArray();
      if (message.length > 0) {
        message[random.nextInt(message.length)] ^= (byte) (1 << random.nextInt(8));
      }
      Decision<ProducedBatch> decision =
          check(
              OpaqueRecordBatch.newBuilder().setCompressed(ByteString.copyFrom(message)).build(),
              any());
      if (decision instanceof Decision.Accepted<ProducedBatch> accepted) {
        assertThat(RecordSetScanner.scan(accepted.value().plainRecords()))
            .isInstanceOf(RecordSetScanner.Scan.Sound.class);
        taken++;
      }
    }
    assertThat(taken).isPositive();
  }

  @ParameterizedTest
  @CsvSource({
    "ANY, true, true, true, true",
    "UNSPECIFIED, true, true, true, true",
    "NONE, true, false, false, false",
    "GZIP, false, true, false, false",
    "LZ4, false, false, true, false",
    "ZSTD, false, false, false, true"
  })
  void aTopicDemandsAndForbids(
      String setting, boolean plain, boolean gzip, boolean lz4, boolean zstd) {
    TopicConfig config =
        any().toBuilder()
            .setCompression(TopicCompression.valueOf("TOPIC_COMPRESSION_" + setting))
            .build();
    ByteString set = RecordSets.random(new Random(7), 3).toByteString();
    boolean[] allowed = {gzip, lz4, zstd};

    BrokerError ofPlain =
        error(check(OpaqueRecordBatch.newBuilder().setRecords(set).build(), config));
    assertThat(ofPlain == null).isEqualTo(plain);
    for (int i = 0; i < CODECS.length; i++) {
      BrokerError error = error(check(of(CODECS[i], set.toByteArray(), 3), config));
      assertThat(error == null).as("%s", CODECS[i]).isEqualTo(allowed[i]);
      if (error != null) {
        assertThat(error.reason()).isEqualTo(ErrorReason.ERROR_REASON_CODEC_NOT_ALLOWED);
        assertThat(error.metadata())
            .containsExactlyInAnyOrderEntriesOf(
                Map.of(
                    "topic", "t",
                    "codec", CODECS[i].name().substring(6).toLowerCase(java.util.Locale.ROOT),
                    "allowed", setting.toLowerCase(java.util.Locale.ROOT)));
      }
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"CODEC_GZIP", "CODEC_LZ4", "CODEC_ZSTD"})
  void partsByKeyAreCompressedAnewAndLoseNothing(Codec codec) throws Exception {
    Random random = new Random(8);
    for (int round = 0; round < 100; round++) {
      RecordSet set = RecordSets.random(random, 2 + random.nextInt(30));
      byte[] bytes = set.toByteArray();
      Decision<ProducedBatch> decision = check(of(codec, bytes, set.getRecordsCount()), any());
      ProducedBatch whole = ((Decision.Accepted<ProducedBatch>) decision).value();

      int seen = 0;
      for (KeySplitter.Part part : KeySplitter.split(whole.plainRecords(), whole.count(), 4, 1)) {
        ProducedBatch cut = whole.part(part);
        CompressedRecords message = CompressedRecords.parseFrom(bytes(cut.records()));
        assertThat(message.getCodec()).isEqualTo(codec);
        assertThat(message.getRecordCount()).isEqualTo(cut.count());
        assertThat(cut.crc32c()).isEqualTo(crc(message.getData().toByteArray()));
        assertThat(bytes(cut.plainRecords())).isEqualTo(bytes(part.bytes()));
        RecordSet parsed = RecordSet.parseFrom(bytes(cut.plainRecords()));
        for (int i = 0; i < cut.count(); i++) {
          assertThat(parsed.getRecords(i)).isEqualTo(set.getRecords(part.recordIndexes()[i]));
        }
        seen += cut.count();
      }
      assertThat(seen).isEqualTo(set.getRecordsCount());
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"CODEC_GZIP", "CODEC_LZ4", "CODEC_ZSTD"})
  void isStoredAsItCameAndReadAsProtobufReadsIt(Codec codec) throws Exception {
    RecordSet set = RecordSets.random(new Random(9), 10);
    CompressedRecords came = records(codec, set.toByteArray(), 10);
    ByteSlice content = ByteSlice.of(came.toByteArray());
    int crc = crc(came.getData().toByteArray());
    StoredBatches.Stored stored =
        new StoredBatches.Stored(
            100, 5, 2, content, crc, 10, true, ByteSlice.EMPTY, ByteSlice.EMPTY);

    byte[] payload = StoredBatches.write(stored);

    StoredBatch parsed = StoredBatch.parseFrom(payload);
    assertThat(parsed.getCompressed()).isEqualTo(came);
    assertThat(parsed.getRecordCount()).isEqualTo(10);
    assertThat(parsed.getCrc32C()).isEqualTo(crc);
    StoredBatches.Stored read = StoredBatches.read(payload);
    assertThat(read.compressed()).isTrue();
    assertThat(StoredBatches.slice(read, 104, 1, 1)).isSameAs(read);
    StoredBatches.Stored plain = read.plain();
    assertThat(plain.compressed()).isFalse();
    assertThat(plain.crc32c()).isEqualTo(plain.records().crc32c());
    assertThat(StoredBatch.parseFrom(StoredBatches.write(plain)).getRecords()).isEqualTo(set);
    assertThat(CodecSet.of(List.of(0, codec.getNumber(), 77, -3)).accepts(read)).isTrue();
    assertThat(CodecSet.NONE.accepts(read)).isFalse();
    assertThat(CodecSet.NONE.accepts(plain)).isTrue();
  }

  @Test
  void whatCannotBeCompressedMayBeALittleLarger() {
    Random random = new Random(10);
    byte[] noise = new byte[(1 << 20) - 8];
    random.nextBytes(noise);
    ByteArrayOutputStream set = new ByteArrayOutputStream();
    set.writeBytes(
        RecordSet.newBuilder()
            .addRecords(Record.newBuilder().setValue(ByteString.copyFrom(noise)))
            .build()
            .toByteArray());
    for (Codec codec : CODECS) {
      assertThat(error(check(of(codec, set.toByteArray(), 1), any()))).as("%s", codec).isNull();
    }
  }

  private static TopicConfig any() {
    return TopicConfig.newBuilder().setMaxBatchBytes(LIMIT).build();
  }

  private static CompressedRecords records(Codec codec, byte[] set, int count) {
    return CompressedRecords.newBuilder()
        .setCodec(codec)
        .setData(ByteString.copyFrom(Codecs.compress(codec, set, 0, set.length)))
        .setRecordCount(count)
        .setUncompressedBytes(set.length)
        .build();
  }

  private static OpaqueRecordBatch opaque(CompressedRecords records) {
    return OpaqueRecordBatch.newBuilder().setCompressed(records.toByteString()).build();
  }

  private static OpaqueRecordBatch of(Codec codec, byte[] set, int count) {
    return opaque(records(codec, set, count));
  }

  private static ErrorReason reason(CompressedRecords.Builder records) {
    return reason(opaque(records.build()));
  }

  private static ErrorReason reason(OpaqueRecordBatch batch) {
    BrokerError error = error(check(batch, any()));
    return error == null ? null : error.reason();
  }

  private static Decision<ProducedBatch> check(OpaqueRecordBatch batch, TopicConfig config) {
    ByteString content = batch.hasCompressed() ? batch.getCompressed() : batch.getRecords();
    return BatchChecks.check(batch, ByteSlice.of(content.toByteArray()), "t", config);
  }

  private static BrokerError error(Decision<ProducedBatch> decision) {
    return decision instanceof Decision.Refused<ProducedBatch> refused ? refused.error() : null;
  }

  private static int crc(byte[] bytes) {
    return ByteSlice.of(bytes).crc32c();
  }

  private static byte[] bytes(ByteSlice slice) {
    return Arrays.copyOfRange(slice.array(), slice.offset(), slice.end());
  }
}
