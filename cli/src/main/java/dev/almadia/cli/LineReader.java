// SPDX-License-Identifier: Apache-2.0
package dev.almadia.cli;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import org.jspecify.annotations.Nullable;

/** Reads lines as bytes, so that values which are not UTF-8 pass unchanged. One thread. */
final class LineReader {
  /** Above any record that a broker takes. */
  private static final int LINE_BYTES_MAX = 16 << 20;

  private final InputStream in;
  private final byte[] buffer = new byte[64 << 10];
  private int position;
  private int limit;
  private long bytesRead;

  LineReader(InputStream in) {
    this.in = in;
  }

  /** Bytes taken so far, with line ends. */
  long bytesRead() {
    return bytesRead;
  }

  /** Whether a line, or part of one, is there without asking the stream again. */
  boolean hasBuffered() {
    return position < limit;
  }

  /** The next line without its end (LF or CR LF); null at the end of the stream. */
  byte @Nullable [] next() throws IOException {
    ByteArrayOutputStream line = new ByteArrayOutputStream(256);
    boolean isAny = false;
    while (true) {
      if (position == limit) {
        position = 0;
        limit = Math.max(0, in.read(buffer));
        if (limit == 0) {
          return isAny ? withoutCarriageReturn(line) : null;
        }
      }
      isAny = true;
      int end = position;
      while (end < limit && buffer[end] != '\n') {
        end++;
      }
      line.write(buffer, position, end - position);
      boolean isComplete = end < limit;
      bytesRead += end - position + (isComplete ? 1 : 0);
      position = isComplete ? end + 1 : end;
      if (line.size() > LINE_BYTES_MAX) {
        throw new CliException(
            ExitCode.FAILED, "a line is longer than " + Units.bytes(LINE_BYTES_MAX));
      }
      if (isComplete) {
        return withoutCarriageReturn(line);
      }
    }
  }

  private static byte[] withoutCarriageReturn(ByteArrayOutputStream line) {
    byte[] bytes = line.toByteArray();
    boolean hasOne = bytes.length > 0 && bytes[bytes.length - 1] == '\r';
    return hasOne ? java.util.Arrays.copyOf(bytes, bytes.length - 1) : bytes;
  }
}
