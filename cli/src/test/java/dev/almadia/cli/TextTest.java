// SPDX-License-Identifier: Apache-2.0
package dev.almadia.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.gson.JsonParser;
import com.google.protobuf.ByteString;
import dev.almadia.client.ReadRecord;
import dev.almadia.client.Reasons;
import dev.almadia.v1.ErrorReason;
import dev.almadia.v1.Position;
import dev.almadia.v1.Record;
import java.io.ByteArrayInputStream;
import java.io.DataInputStream;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Everything that is text in and text out. */
class TextTest {
  private static final Instant NOW = Instant.parse("2026-11-22T12:00:00Z");

  private static Position from(String range) {
    return OffsetRange.parse(range, NOW).from().position();
  }

  private static Position to(String range) {
    OffsetRange.Point to = OffsetRange.parse(range, NOW).to();
    assertThat(to).as(range).isNotNull();
    return to.position();
  }

  @Test
  void rangesAreUnderstood() {
    assertThat(from("start").hasEarliest()).isTrue();
    assertThat(from("end").hasLatest()).isTrue();
    assertThat(from("-100").getTailRecords()).isEqualTo(100);
    assertThat(from("47").getOffset()).isEqualTo(47);
    assertThat(OffsetRange.parse("+5", NOW).from().shift()).isEqualTo(5);
    assertThat(OffsetRange.parse("47", NOW).to()).isNull();
    assertThat(from("47:99").getOffset()).isEqualTo(47);
    assertThat(to("47:99").getOffset()).isEqualTo(99);
    assertThat(from(":end").hasEarliest()).isTrue();
    assertThat(to(":end").hasLatest()).isTrue();
    assertThat(from("@-1h:now").getTimestampMs())
        .isEqualTo(NOW.minus(Duration.ofHours(1)).toEpochMilli());
    assertThat(to("@-1h:now").hasLatest()).isTrue();
    assertThat(from("@2026-09-01").getTimestampMs())
        .isEqualTo(Instant.parse("2026-09-01T00:00:00Z").toEpochMilli());
    assertThat(from("@2026-09-01T10:00:00Z:2026-09-01T11:00:00Z").getTimestampMs())
        .isEqualTo(Instant.parse("2026-09-01T10:00:00Z").toEpochMilli());
    assertThat(to("@2026-09-01T10:00:00+02:00:@2026-09-01T11:00:00").getTimestampMs())
        .isEqualTo(Instant.parse("2026-09-01T11:00:00Z").toEpochMilli());
  }

  @Test
  void wrongRangesAreRefused() {
    for (String bad :
        List.of(
            "",
            "x",
            "1:2:3",
            "99:47",
            ":",
            "1:",
            "@",
            "@soon",
            "--5",
            "1.5",
            "@-5",
            "99999999999999999999")) {
      assertThatThrownBy(() -> OffsetRange.parse(bad, NOW))
          .as(bad)
          .isInstanceOf(CliException.class)
          .hasMessageContaining("range");
    }
  }

  private static String format(String format, ReadRecord read) {
    return new String(RecordFormat.parse(format).format("t", read), StandardCharsets.UTF_8);
  }

  @Test
  void formatsWriteWhatTheyName() {
    Record record =
        Record.newBuilder()
            .setKey(ByteString.copyFromUtf8("k"))
            .setValue(ByteString.copyFromUtf8("{\"a\": 1}"))
            .setTimestampMs(5)
            .build();
    ReadRecord read = new ReadRecord(2, 7, 9, record);
    assertThat(format("%t %p %o %T %k %v%%\\t\\x41\\n", read))
        .isEqualTo("t 2 7 5 k {\"a\": 1}%\tA\n");
    assertThat(format("%k{hex} %v{json} %k{json} %k{base64}", read))
        .isEqualTo("6b {\"a\":1} \"k\" aw==");
    assertThat(format("%k|%v|%v{json}", new ReadRecord(0, 0, 9, Record.getDefaultInstance())))
        .isEqualTo("||null");
    for (String bad : List.of("%x", "%", "%k{foo}", "%o{hex}", "%k{hex", "\\q", "\\x4")) {
      assertThatThrownBy(() -> RecordFormat.parse(bad))
          .as(bad)
          .isInstanceOf(CliException.class)
          .hasMessageContaining("-f '");
    }
  }

  @Test
  void wrongJsonRecordsSayWhatIsWrong() {
    for (String bad :
        List.of(
            "x",
            "[1]",
            "{\"kye\":1}",
            "{\"partition\":\"x\"}",
            "{\"timestamp\":\"soon\"}",
            "{\"valueBase64\":\"%\"}",
            "{\"headers\":3}",
            "{} {}",
            "{\"headers\":[{}]}")) {
      assertThatThrownBy(() -> RecordJson.parse(bad))
          .as(bad)
          .isInstanceOf(RecordJson.BadLine.class);
    }
    assertThatThrownBy(() -> RecordJson.parse("{\"kye\":1}")).hasMessageContaining("'key'");
  }

  @Test
  void timesAndSizes() {
    assertThat(Units.time("1500ms")).isEqualTo(Duration.ofMillis(1500));
    assertThat(Units.time("7d")).isEqualTo(Duration.ofDays(7));
    assertThat(Units.size("64KiB")).isEqualTo(65_536);
    assertThat(Units.size("1MB")).isEqualTo(1_000_000);
    assertThatThrownBy(() -> Units.time("10")).hasMessageContaining("10s");
    assertThatThrownBy(() -> Units.size("-1")).hasMessageContaining("no size");
    assertThat(Units.bytes(1_536)).isEqualTo("1.5 KiB");
  }

  @Test
  void yamlKeepsTypesAndQuotesWhatCouldMislead() {
    String json =
        "{\"a\":[{\"b\":1,\"c\":[]},2],\"s\":\"no\",\"t\":\"x: y\",\"n\":null,\"i\":\"1\"}";
    assertThat(Yaml.of(JsonParser.parseString(json)))
        .isEqualTo(
            "a:\n  - b: 1\n    c: []\n  - 2\ns: \"no\"\nt: \"x: y\"\nn: null\ni: \"1\"\n"
                .replace("\nn: null", "\n\"n\": null"));
  }

  @Test
  void tablesAlignNumbersRight() {
    assertThat(new Table("NAME", "N").row("a", 1).row("bcdef", 100).render())
        .isEqualTo("NAME     N\na        1\nbcdef  100\n");
  }

  @Test
  void linesKeepTheirBytes() throws Exception {
    byte[] bytes = {'a', '\r', '\n', (byte) 0xff, '\n', '\n', 'b'};
    LineReader lines = new LineReader(new ByteArrayInputStream(bytes));
    assertThat(lines.next()).containsExactly('a');
    assertThat(lines.next()).containsExactly(0xff);
    assertThat(lines.next()).isEmpty();
    assertThat(lines.next()).containsExactly('b');
    assertThat(lines.next()).isNull();
    assertThat(lines.bytesRead()).isEqualTo(bytes.length);
  }

  @Test
  void everyReasonIsExplained() {
    for (ErrorReason reason : ErrorReason.values()) {
      if (reason == ErrorReason.UNRECOGNIZED || reason == ErrorReason.ERROR_REASON_UNSPECIFIED) {
        continue;
      }
      assertThat(Explanations.find(Reasons.name(reason)))
          .as(reason.name())
          .hasValueSatisfying(
              entry -> {
                assertThat(entry.what()).isNotEmpty();
                assertThat(entry.why()).isNotEmpty();
                assertThat(entry.now()).isNotEmpty();
              });
    }
  }

  @Test
  void everyHealthFindingIsExplained() throws Exception {
    List<String> codes = new ArrayList<>();
    for (String text : textsOf("/dev/almadia/broker/server/control/HealthCheck.class")) {
      if (text.matches("[A-Z]+(_[A-Z]+)+")) {
        codes.add(text);
      }
    }
    assertThat(codes).contains("BROKER_UNREACHABLE").hasSizeGreaterThan(4);
    assertThat(codes).allSatisfy(code -> assertThat(Explanations.find(code)).as(code).isPresent());
  }

  @Test
  void everythingThatAnOperationWaitsForIsExplained() throws Exception {
    List<String> codes = new ArrayList<>();
    for (String text : textsOf("/dev/almadia/broker/core/cluster/Blockers.class")) {
      if (text.matches("[A-Z]+(_[A-Z]+)+")) {
        codes.add(text);
      }
    }
    assertThat(codes).contains("LEARNER_BEHIND", "NOT_ENOUGH_BROKERS");
    assertThat(codes)
        .allSatisfy(
            code ->
                assertThat(Explanations.find(code))
                    .as(code)
                    .hasValueSatisfying(
                        entry -> {
                          assertThat(entry.what()).isNotEmpty();
                          assertThat(entry.why()).isNotEmpty();
                          assertThat(entry.now()).isNotEmpty();
                        }));
  }

  /** The string literals of a class, so that a new code in the broker fails this test. */
  static List<String> textsOf(String resource) throws Exception {
    Map<Integer, String> texts = new HashMap<>();
    List<Integer> literals = new ArrayList<>();
    try (InputStream stream = TextTest.class.getResourceAsStream(resource);
        DataInputStream in = new DataInputStream(stream)) {
      in.readLong();
      int count = in.readUnsignedShort();
      for (int i = 1; i < count; i++) {
        int tag = in.readUnsignedByte();
        switch (tag) {
          case 1 -> texts.put(i, in.readUTF());
          case 8 -> literals.add(in.readUnsignedShort());
          case 7, 16, 19, 20 -> in.readUnsignedShort();
          case 15 -> in.skipNBytes(3);
          case 5, 6 -> {
            in.readLong();
            i++;
          }
          default -> in.readInt();
        }
      }
    }
    return literals.stream().map(texts::get).toList();
  }

  @Test
  void suggestionsAreNearOrAbsent() {
    List<String> names = List.of("orders", "clicks");
    assertThat(Suggest.near("ordesr", names)).contains("orders");
    assertThat(Suggest.near("something", names)).isEmpty();
  }
}
