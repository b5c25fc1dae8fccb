// SPDX-License-Identifier: Apache-2.0
package dev.almadia.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.almadia.v1.Codec;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;
import java.util.zip.GZIPInputStream;
import net.jpountz.lz4.LZ4FrameInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class CodecsTest {
  @ParameterizedTest
  @EnumSource(names = {"CODEC_GZIP", "CODEC_LZ4", "CODEC_ZSTD"})
  void whatIsCompressedComesBackInPiecesOfAnySize(Codec codec) throws Exception {
    Random random = new Random(codec.getNumber());
    for (int round = 0; round < 300; round++) {
      byte[] plain = data(random, random.nextInt(round % 10 == 0 ? 700_000 : 3_000));
      byte[] packed = padded(Codecs.compress(codec, padded(plain), 7, plain.length));

      byte[] back = Codecs.inflate(codec, packed, 7, packed.length - 14, plain.length);
      byte[] inPieces = readAll(codec, packed, 7, packed.length - 14, 1 + random.nextInt(70_000));

      assertThat(Arrays.equals(back, plain)).isTrue();
      assertThat(Arrays.equals(inPieces, plain)).isTrue();
    }
  }

  @Test
  void otherLibrariesReadWhatIsMadeHere() throws Exception {
    byte[] plain = data(new Random(5), 600_000);

    byte[] gzip = Codecs.compress(Codec.CODEC_GZIP, plain, 0, plain.length);
    byte[] lz4 = Codecs.compress(Codec.CODEC_LZ4, plain, 0, plain.length);

    assertThat(new GZIPInputStream(new ByteArrayInputStream(gzip)).readAllBytes()).isEqualTo(plain);
    assertThat(new LZ4FrameInputStream(new ByteArrayInputStream(lz4), true).readAllBytes())
        .isEqualTo(plain);
  }

  /**
   * Made by the tools of the formats: lz4 -BD -B4 -BX --content-size; lz4 -9 -B7 -BI
   * --no-frame-crc; zstd -19 --check; gzip by hand with each optional field.
   */
  @ParameterizedTest
  @CsvSource({
    "CODEC_LZ4, linked-blocks.lz4",
    "CODEC_LZ4, large-block.lz4",
    "CODEC_ZSTD, checksum.zst",
    "CODEC_GZIP, all-fields.gz"
  })
  void readsWhatOtherToolsMakeAndRefusesAllThatIsAlmostThat(Codec codec, String file)
      throws Exception {
    byte[] packed = resource(file);
    byte[] plain = lines();
    Random random = new Random(3);

    assertThat(readAll(codec, packed, 0, packed.length, 1000)).isEqualTo(plain);
    for (int cut = 0; cut < packed.length; cut++) {
      assertRefused(codec, Arrays.copyOf(packed, cut), "cut at " + cut);
    }
    assertRefused(codec, Arrays.copyOf(packed, packed.length + 1), "a byte behind");
    byte[] twice = Arrays.copyOf(packed, 2 * packed.length);
    System.arraycopy(packed, 0, twice, packed.length, packed.length);
    assertRefused(codec, twice, "twice");
    for (int round = 0; round < 3000; round++) {
      byte[] damaged = packed.clone();
      damaged[random.nextInt(packed.length)] ^= (byte) (1 << random.nextInt(8));
      assertGivesThatOrNothing(codec, damaged, plain, file);
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"CODEC_GZIP", "CODEC_LZ4", "CODEC_ZSTD"})
  void garbageIsRefusedAndNothingElseHappens(Codec codec) {
    Random random = new Random(9);
    byte[] start = Codecs.compress(codec, new byte[100], 0, 100);
    for (int round = 0; round < 20_000; round++) {
      byte[] garbage = new byte[random.nextInt(200)];
      random.nextBytes(garbage);
      int real = Math.min(random.nextInt(start.length), garbage.length);
      System.arraycopy(start, 0, garbage, 0, real);
      try {
        byte[] unused = readAll(codec, garbage, 0, garbage.length, 500);
      } catch (CodecException e) {
        assertThat(e.getMessage()).isNotBlank().doesNotContain("\n");
      }
    }
  }

  @Test
  void aWindowOfMoreThanEightMebibytesIsRefusedBeforeMemoryIsTaken() {
    assertThatThrownBy(() -> all(Codec.CODEC_ZSTD, resource("large-window.zst")))
        .isInstanceOf(CodecException.class)
        .hasMessageContaining("zstd");
    // A frame of one segment: its window is its content, here 1 TiB.
    byte[] claim = HexFormat.of().parseHex("28b52ffde00000000000010000" + "010000");
    assertThatThrownBy(() -> all(Codec.CODEC_ZSTD, claim)).isInstanceOf(CodecException.class);
  }

  @ParameterizedTest
  @CsvSource({
    "CODEC_ZSTD, 502a4d180100000000, a skippable frame",
    "CODEC_ZSTD, 27b52ffd00, a frame of an old version",
    "CODEC_LZ4, 502a4d180100000000, a skippable frame",
    "CODEC_LZ4, 02214c1801000000ff, a legacy frame",
    "CODEC_LZ4, 04224d18604082ffffffff, a block of 2 GiB",
    "CODEC_GZIP, 1f8b08e00000000000030300000000000000000000, reserved flags",
    "CODEC_GZIP, 1f9d900000, the format of compress"
  })
  void refuses(Codec codec, String hex, String why) {
    assertRefused(codec, HexFormat.of().parseHex(hex), why);
  }

  /** Blocks of an LZ4 frame whose header is sound: each rule of the format by itself. */
  @ParameterizedTest
  @CsvSource({
    "true, 50 6162636465, only literals",
    "true, 00, nothing",
    "false, 40 61626364 0000 50 6162636465, a match at distance zero",
    "false, 40 61626364 0500 50 6162636465, a match before the beginning",
    "true, 14 61 0100 50 6162636465, a run of one byte",
    "false, 14 61 0100 40 61626364, four literals at the end",
    "false, 10 61 0100 50 6162636465, a match too close to the end",
    "false, 14 61 0100, a match at the end",
    "false, 14 61 01, half an offset",
    "false, 50 61626364, a literal is missing",
    "false, F0 FFFFFFFFFF, a length without an end",
    "false, 1F 61 0100 FFFFFF, a match without an end"
  })
  void theRulesOfLz4Blocks(boolean sound, String block, String why) throws Exception {
    byte[] bytes = HexFormat.of().parseHex(block.replace(" ", ""));
    String frame =
        "04224d18604082"
            + HexFormat.of().toHexDigits((byte) bytes.length)
            + "000000"
            + HexFormat.of().formatHex(bytes)
            + "00000000";
    if (sound) {
      byte[] ours = all(Codec.CODEC_LZ4, HexFormat.of().parseHex(frame));
      InputStream theirs =
          new LZ4FrameInputStream(new ByteArrayInputStream(HexFormat.of().parseHex(frame)));
      assertThat(ours).as(why).isEqualTo(theirs.readAllBytes());
    } else {
      assertRefused(Codec.CODEC_LZ4, HexFormat.of().parseHex(frame), why);
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"CODEC_GZIP", "CODEC_LZ4", "CODEC_ZSTD"})
  void neverInflatesMoreThanExpected(Codec codec) {
    byte[] zeros = new byte[1 << 20];
    byte[] bomb = Codecs.compress(codec, zeros, 0, zeros.length);

    assertThatThrownBy(() -> Codecs.inflate(codec, bomb, 0, bomb.length, 1000))
        .isInstanceOf(CodecException.class)
        .hasMessage("inflates to more than 1000 bytes");
    assertThatThrownBy(() -> Codecs.inflate(codec, bomb, 0, bomb.length, 1 << 21))
        .isInstanceOf(CodecException.class)
        .hasMessage("inflates to 1048576 bytes, not 2097152");
  }

  @Test
  void unknownCodecsAreAMistakeOfTheCaller() {
    assertThat(Codecs.isKnown(Codec.CODEC_UNSPECIFIED)).isFalse();
    assertThat(Codecs.isKnown(Codec.UNRECOGNIZED)).isFalse();
    assertThatThrownBy(() -> Codecs.open(Codec.CODEC_UNSPECIFIED, new byte[9], 0, 9))
        .isInstanceOf(IllegalArgumentException.class);
  }

  private static void assertRefused(Codec codec, byte[] packed, String why) {
    assertThatThrownBy(() -> all(codec, packed)).as(why).isInstanceOf(CodecException.class);
  }

  private static void assertGivesThatOrNothing(
      Codec codec, byte[] damaged, byte[] plain, String file) {
    try {
      byte[] read = all(codec, damaged);
      // Without a checksum in the frame a flipped literal cannot be seen; the batch has its own.
      if (!file.equals("large-block.lz4")) {
        assertThat(Arrays.equals(read, plain)).isTrue();
      }
    } catch (CodecException e) {
      assertThat(e.getMessage()).isNotBlank();
    }
  }

  private static byte[] all(Codec codec, byte[] packed) throws CodecException {
    return readAll(codec, packed, 0, packed.length, 4096);
  }

  private static byte[] readAll(Codec codec, byte[] packed, int offset, int length, int piece)
      throws CodecException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    byte[] buffer = new byte[piece + 2];
    try (Unpacker unpacker = Codecs.open(codec, packed, offset, length)) {
      for (int read = unpacker.read(buffer, 1, piece);
          read >= 0;
          read = unpacker.read(buffer, 1, piece)) {
        assertThat(read).isBetween(1, piece);
        out.write(buffer, 1, read);
      }
      assertThat(unpacker.read(buffer, 1, piece)).isEqualTo(-1);
      assertThat(buffer[0] + buffer[piece + 1]).isZero();
    }
    return out.toByteArray();
  }

  private static byte[] padded(byte[] bytes) {
    byte[] out = new byte[bytes.length + 14];
    System.arraycopy(bytes, 0, out, 7, bytes.length);
    return out;
  }

  /** Partly repetitive, partly random. */
  private static byte[] data(Random random, int bytes) {
    byte[] data = new byte[bytes];
    int at = 0;
    while (at < bytes) {
      int run = Math.min(bytes - at, 1 + random.nextInt(2000));
      int back = at == 0 ? 0 : 1 + random.nextInt(at);
      int kind = random.nextInt(3);
      for (int i = 0; i < run; i++, at++) {
        data[at] =
            switch (at == 0 ? 0 : kind) {
              case 0 -> (byte) random.nextInt(256);
              case 1 -> data[at - back];
              default -> data[at - 1];
            };
      }
    }
    return data;
  }

  private static byte[] lines() {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < 20_000; i++) {
      text.append("line ").append(i * i % 97).append('\n');
    }
    return text.toString().getBytes(StandardCharsets.US_ASCII);
  }

  private static byte[] resource(String name) throws IOException {
    try (InputStream in = CodecsTest.class.getResourceAsStream("/" + name)) {
      return in.readAllBytes();
    }
  }
}
