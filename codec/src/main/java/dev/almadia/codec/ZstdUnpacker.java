// SPDX-License-Identifier: Apache-2.0
package dev.almadia.codec;

import com.github.luben.zstd.ZstdDecompressCtx;
import com.github.luben.zstd.ZstdException;
import java.nio.ByteBuffer;

/** One Zstandard frame (RFC 8878), and nothing behind it. */
final class ZstdUnpacker implements Unpacker {
  /**
   * Largest window, as a power of two: 8 MiB, what the RFC asks every decoder for. The window is
   * native memory, and a few bytes of header can ask for gigabytes.
   */
  private static final int WINDOW_LOG_MAX = 23;

  private static final int MAGIC = 0xFD2FB528;

  private final ZstdDecompressCtx context;
  private final ByteBuffer in;
  private boolean ended;

  ZstdUnpacker(byte[] data, int offset, int length) throws CodecException {
    // Not left to the library, which takes skippable frames and those of old versions, too.
    if (length < Integer.BYTES || LittleEndian.int32(data, offset) != MAGIC) {
      throw new CodecException("zstd: does not begin as a frame");
    }
    in = ByteBuffer.wrap(data, offset, length);
    context = new ZstdDecompressCtx().setLongMax(WINDOW_LOG_MAX);
  }

  @Override
  public int read(byte[] out, int offset, int length) throws CodecException {
    if (ended) {
      return -1;
    }
    ByteBuffer to = ByteBuffer.wrap(out, offset, length);
    int before;
    do {
      before = in.remaining();
      try {
        ended = context.decompressByteBufferStream(to, in);
      } catch (ZstdException e) {
        throw new CodecException("zstd: " + e.getMessage());
      }
      if (ended && in.hasRemaining()) {
        throw new CodecException("zstd: something stands behind the frame");
      }
    } while (!ended && to.position() == offset && in.remaining() < before);
    if (to.position() > offset) {
      return to.position() - offset;
    }
    if (!ended) {
      throw new CodecException("zstd: cut off");
    }
    return -1;
  }

  @Override
  public void close() {
    context.close();
  }
}
