// SPDX-License-Identifier: Apache-2.0
package dev.almadia.codec;

/**
 * Inflates one compressed byte string, piece by piece. Holds a fixed amount of memory beside the
 * input: 32 KiB for gzip, 128 KiB for LZ4, the window of the frame (at most 8 MiB) for Zstandard.
 * One thread; must be closed.
 */
public interface Unpacker extends AutoCloseable {
  /**
   * Inflates on.
   *
   * @param length room for bytes, at least 1
   * @return how many bytes were written, at least 1; -1 if everything was inflated before, all
   *     checksums fit, and nothing stands behind the end
   * @throws CodecException if the bytes are garbage, cut off, or followed by more
   */
  int read(byte[] out, int offset, int length) throws CodecException;

  @Override
  void close();
}
