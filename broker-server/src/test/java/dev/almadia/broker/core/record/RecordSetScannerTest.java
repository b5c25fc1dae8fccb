// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.core.record;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.UnknownFieldSet;
import dev.almadia.v1.ErrorReason;
import dev.almadia.v1.Header;
import dev.almadia.v1.Record;
import dev.almadia.v1.RecordSet;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RecordSetScannerTest {
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5})
  void countsAndTimesAreThoseOfTheParser(long seed) throws Exception {
    Random random = new Random(seed);
    for (int round = 0; round < 400; round++) {
      assertAgrees(RecordSets.random(random, random.nextInt(20)).toByteArray());
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {11, 12, 13, 14, 15, 16})
  void neverTakesWhatTheParserRefuses(long seed) throws Exception {
    Random random = new Random(seed);
    int taken = 0;
    int refused = 0;
    for (int round = 0; round < 20_000; round++) {
      byte[] bytes = mutate(RecordSets.random(random, 1 + random.nextInt(4)).toByteArray(), random);
      if (RecordSetScanner.scan(ByteSlice.of(bytes)) instanceof RecordSetScanner.Scan.Sound) {
        assertAgrees(bytes);
        taken++;
      } else {
        refused++;
      }
    }
    assertThat(taken).isGreaterThan(1000);
    assertThat(refused).isGreaterThan(1000);
  }

  @Test
  void randomBytesNeverBreakIt() throws Exception {
    Random random = new Random(99);
    for (int round = 0; round < 50_000; round++) {
      byte[] bytes = new byte[random.nextInt(40)];
      random.nextBytes(bytes);
      if (bytes.length > 2 && random.nextBoolean()) {
        bytes[0] = 0x0A;
        bytes[1] = (byte) (bytes.length - 2);
      }
      if (RecordSetScanner.scan(ByteSlice.of(bytes)) instanceof RecordSetScanner.Scan.Sound) {
        assertAgrees(bytes);
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "08, a varint where a record should be",
    "0A, no length",
    "0A05, length beyond the end",
    "0AFFFFFFFF07, 2 GB claimed",
    "0AFFFFFFFF0F, 4 GB claimed",
    "0AFFFFFFFFFFFFFFFFFF01, 2^64 claimed",
    "0A8080808080808080808001, eleven bytes of varint",
    "00, tag zero",
    "0200, field zero",
    "0B0C, a group",
    "0C, end of a group",
    "0E, type six",
    "0F, type seven",
    "1200, another field beside the records",
    "0A0208, wrong type in the record and cut",
    "0A020801, key as a varint",
    "0A0113, a group in the record",
    "0A01FF, cut tag in the record",
    "0A020A05, key beyond its record",
    "0A041A020A05, header name beyond its header",
    "0A051A030A01FF, header name that is not UTF-8",
    "0A061A040A02C080, header name with an overlong zero",
    "0A071A050A03EDA080, header name with a surrogate",
    "0A081A060A04F4908080, header name above the last code point",
    "0A0120, timestamp without a value",
    "0A0420FFFFFF, timestamp cut off",
    "0A0B20FFFFFFFFFFFFFFFFFF02, timestamp of more than 64 bits",
    "0A0128, id as a varint without a value",
    "0A022801, id as a varint",
    "0A022A05, id beyond its record",
    "0A022D00, id as a fixed32 that is cut off",
    "0A023500, unknown fixed32 cut off",
    "0A02 2900, unknown fixed64 cut off"
  })
  void refuses(String hex, String why) {
    RecordSetScanner.Scan scan =
        RecordSetScanner.scan(ByteSlice.of(HexFormat.of().parseHex(hex.replace(" ", ""))));

    assertThat(scan).as(why).isInstanceOf(RecordSetScanner.Scan.Unsound.class);
    assertThat(((RecordSetScanner.Scan.Unsound) scan).error().reason())
        .isIn(
            ErrorReason.ERROR_REASON_MALFORMED_RECORDS, ErrorReason.ERROR_REASON_RECORD_TOO_LARGE);
  }

  @Test
  void takesFieldsOfLaterVersionsInRecordsAndHeaders() {
    UnknownFieldSet later =
        UnknownFieldSet.newBuilder()
            .addField(
                17,
                UnknownFieldSet.Field.newBuilder()
                    .addVarint(5)
                    .addFixed32(1)
                    .addFixed64(2)
                    .addLengthDelimited(ByteString.copyFromUtf8("x"))
                    .build())
            .build();
    RecordSet set =
        RecordSet.newBuilder()
            .addRecords(
                Record.newBuilder()
                    .addHeaders(Header.newBuilder().setKey("a").setUnknownFields(later))
                    .setUnknownFields(later))
            .build();

    assertThat(scan(set)).isEqualTo(sound(1, Long.MIN_VALUE, true, RecordIds.NOT_READ));
  }

  @ParameterizedTest
  @CsvSource({"-1, true", "0, true", "1, false"})
  void theLimitOfARecordIsExact(int more, boolean allowed) {
    int overhead = 4; // tag and three bytes of length of the value
    byte[] value = new byte[RecordSetScanner.RECORD_BYTES_MAX - overhead + more];
    RecordSet set =
        RecordSet.newBuilder()
            .addRecords(Record.newBuilder().setValue(ByteString.copyFrom(value)))
            .build();

    RecordSetScanner.Scan scan = scan(set);

    assertThat(scan instanceof RecordSetScanner.Scan.Sound).isEqualTo(allowed);
    if (scan instanceof RecordSetScanner.Scan.Unsound unsound) {
      assertThat(unsound.error().reason()).isEqualTo(ErrorReason.ERROR_REASON_RECORD_TOO_LARGE);
      assertThat(unsound.error().metadata())
          .containsEntry("size", "1048577")
          .containsEntry("limit", "1048576")
          .containsEntry("setting", "max.record.bytes");
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void theLimitOfAnIdIsExactWhetherAnybodyReadsItOrNot(boolean readsIds) {
    byte[] longest = new byte[RecordIds.ID_BYTES_MAX];
    byte[] longer = new byte[RecordIds.ID_BYTES_MAX + 1];

    assertThat(RecordSetScanner.scan(ids(longest, longest), readsIds))
        .isInstanceOf(RecordSetScanner.Scan.Sound.class);
    assertThat(RecordSetScanner.scan(ids(longest, longer), readsIds))
        .isInstanceOfSatisfying(
            RecordSetScanner.Scan.Unsound.class,
            unsound -> {
              assertThat(unsound.error().reason())
                  .isEqualTo(ErrorReason.ERROR_REASON_RECORD_ID_TOO_LONG);
              assertThat(unsound.error().metadata())
                  .containsEntry("record", "1")
                  .containsEntry("size", "129")
                  .containsEntry("limit", "128");
            });
  }

  @Test
  void anEmptyIdIsNoneAndTheLastOfSeveralCounts() throws Exception {
    byte[] first =
        Record.newBuilder().setRecordId(ByteString.copyFromUtf8("a")).build().toByteArray();
    byte[] last =
        Record.newBuilder().setRecordId(ByteString.copyFromUtf8("b")).build().toByteArray();
    byte[] twice = Arrays.copyOf(first, first.length + last.length);
    System.arraycopy(last, 0, twice, first.length, last.length);
    byte[] set = Arrays.copyOf(new byte[] {0x0A, (byte) twice.length}, 2 + twice.length);
    System.arraycopy(twice, 0, set, 2, twice.length);

    assertAgrees(set);
    assertThat(RecordSetScanner.scan(ids(new byte[0]), true))
        .isEqualTo(sound(1, Long.MIN_VALUE, true, RecordIds.NONE));
    // What an explicit empty field leaves of an earlier id.
    byte[] emptied = {0x0A, 5, 0x2A, 1, 'a', 0x2A, 0};
    assertThat(RecordSetScanner.scan(ByteSlice.of(emptied), true))
        .isEqualTo(sound(1, Long.MIN_VALUE, true, RecordIds.NONE));
  }

  private static ByteSlice ids(byte[]... ids) {
    RecordSet.Builder set = RecordSet.newBuilder();
    for (byte[] id : ids) {
      set.addRecords(Record.newBuilder().setRecordId(ByteString.copyFrom(id)));
    }
    return ByteSlice.of(set.build().toByteArray());
  }

  private static RecordSetScanner.Scan scan(RecordSet set) {
    return RecordSetScanner.scan(ByteSlice.of(set.toByteArray()));
  }

  /** The set is in the middle of an array, so that reading outside would show. */
  private static void assertAgrees(byte[] bytes) throws InvalidProtocolBufferException {
    byte[] padded = new byte[bytes.length + 20];
    Arrays.fill(padded, (byte) 0x0A);
    System.arraycopy(bytes, 0, padded, 10, bytes.length);

    RecordSet parsed = RecordSet.parseFrom(bytes);
    long highest =
        parsed.getRecordsList().stream()
            .mapToLong(Record::getTimestampMs)
            .filter(time -> time != 0)
            .max()
            .orElse(Long.MIN_VALUE);
    boolean some = parsed.getRecordsList().stream().anyMatch(r -> r.getTimestampMs() == 0);

    int count = parsed.getRecordsCount();
    ByteSlice set = new ByteSlice(padded, 10, bytes.length);
    assertThat(RecordSetScanner.scan(set))
        .isEqualTo(sound(count, highest, some, RecordIds.NOT_READ));
    assertThat(RecordSetScanner.scan(set, true))
        .isEqualTo(sound(count, highest, some, RecordSets.idsOf(parsed)));
  }

  private static RecordSetScanner.Scan sound(
      int count, long highest, boolean someWithout, RecordIds ids) {
    return new RecordSetScanner.Scan.Sound(count, highest, someWithout, ids);
  }

  private static byte[] mutate(byte[] valid, Random random) {
    byte[] bytes = valid.clone();
    int changes = random.nextInt(3);
    for (int i = 0; i < changes && bytes.length > 0; i++) {
      int at = random.nextInt(bytes.length);
      switch (random.nextInt(4)) {
        case 0 -> bytes[at] = (byte) random.nextInt(256);
        case 1 -> bytes[at] ^= (byte) (1 << random.nextInt(8));
        case 2 -> bytes = Arrays.copyOf(bytes, at);
        default -> bytes[at]++;
      }
    }
    return bytes;
  }
}
