// SPDX-License-Identifier: Apache-2.0
package dev.almadia.codec;

import com.github.luben.zstd.Zstd;
import com.github.luben.zstd.ZstdCompressCtx;
import dev.almadia.v1.Codec;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.Objects;
import java.util.zip.GZIPOutputStream;
import net.jpountz.lz4.LZ4Factory;
import net.jpountz.lz4.LZ4FrameOutputStream;
import net.jpountz.lz4.LZ4FrameOutputStream.BLOCKSIZE;
import net.jpountz.lz4.LZ4FrameOutputStream.FLG;
import net.jpountz.xxhash.XXHashFactory;

/** Compresses, and opens what is compressed. Stateless. */
public final class Codecs {
  private static final int ZSTD_LEVEL = 3;
  private static final int LZ4_SMALL_BLOCK_BYTES = 64 << 10;

  private Codecs() {}

  /** Whether this is a codec of this version. */
  public static boolean isKnown(Codec codec) {
    return codec == Codec.CODEC_GZIP || codec == Codec.CODEC_LZ4 || codec == Codec.CODEC_ZSTD;
  }

  /**
   * Opens compressed bytes, which must not change meanwhile.
   *
   * @throws CodecException if they do not even begin as they should
   * @throws IllegalArgumentException if the codec is not known
   */
  public static Unpacker open(Codec codec, byte[] data, int offset, int length)
      throws CodecException {
    Objects.checkFromIndexSize(offset, length, data.length);
    return switch (codec) {
      case CODEC_GZIP -> new GzipUnpacker(data, offset, length);
      case CODEC_LZ4 -> new Lz4Unpacker(data, offset, length);
      case CODEC_ZSTD -> new ZstdUnpacker(data, offset, length);
      case CODEC_UNSPECIFIED, UNRECOGNIZED -> throw unknown(codec);
    };
  }

  /**
   * Inflates all of it.
   *
   * @param expectedBytes its size, at least 0; so many bytes are allocated, and no more inflated
   * @throws CodecException if it is garbage, or has another size
   */
  public static byte[] inflate(Codec codec, byte[] data, int offset, int length, int expectedBytes)
      throws CodecException {
    try (Unpacker unpacker = open(codec, data, offset, length)) {
      byte[] out = new byte[expectedBytes];
      int at = 0;
      while (at < expectedBytes) {
        int read = unpacker.read(out, at, expectedBytes - at);
        if (read < 0) {
          throw new CodecException("inflates to " + at + " bytes, not " + expectedBytes);
        }
        at += read;
      }
      if (unpacker.read(new byte[1], 0, 1) >= 0) {
        throw new CodecException("inflates to more than " + expectedBytes + " bytes");
      }
      return out;
    }
  }

  /**
   * Compresses. The same bytes give the same result, in any JVM with the same libraries.
   *
   * @throws IllegalArgumentException if the codec is not known
   */
  public static byte[] compress(Codec codec, byte[] data, int offset, int length) {
    Objects.checkFromIndexSize(offset, length, data.length);
    return switch (codec) {
      case CODEC_GZIP -> gzip(data, offset, length);
      case CODEC_LZ4 -> lz4(data, offset, length);
      case CODEC_ZSTD -> zstd(data, offset, length);
      case CODEC_UNSPECIFIED, UNRECOGNIZED -> throw unknown(codec);
    };
  }

  private static byte[] gzip(byte[] data, int offset, int length) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(length / 2 + 64);
    try (OutputStream out = new GZIPOutputStream(bytes)) {
      out.write(data, offset, length);
    } catch (IOException e) {
      throw new UncheckedIOException("no I/O takes place", e);
    }
    return bytes.toByteArray();
  }

  /**
   * One frame of independent blocks, so that all libraries take it; with the size, without
   * checksums, because a batch is under its own.
   */
  private static byte[] lz4(byte[] data, int offset, int length) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(length / 2 + 64);
    try (OutputStream out =
        new LZ4FrameOutputStream(
            bytes,
            length <= LZ4_SMALL_BLOCK_BYTES ? BLOCKSIZE.SIZE_64KB : BLOCKSIZE.SIZE_256KB,
            length,
            LZ4Factory.safeInstance().fastCompressor(),
            XXHashFactory.safeInstance().hash32(),
            FLG.Bits.BLOCK_INDEPENDENCE,
            FLG.Bits.CONTENT_SIZE)) {
      out.write(data, offset, length);
    } catch (IOException e) {
      throw new UncheckedIOException("no I/O takes place", e);
    }
    return bytes.toByteArray();
  }

  private static byte[] zstd(byte[] data, int offset, int length) {
    byte[] out = new byte[Math.toIntExact(Zstd.compressBound(length))];
    try (ZstdCompressCtx context = new ZstdCompressCtx()) {
      int written =
          context.setLevel(ZSTD_LEVEL).compressByteArray(out, 0, out.length, data, offset, length);
      return Arrays.copyOf(out, written);
    }
  }

  private static IllegalArgumentException unknown(Codec codec) {
    return new IllegalArgumentException("codec " + codec);
  }
}
