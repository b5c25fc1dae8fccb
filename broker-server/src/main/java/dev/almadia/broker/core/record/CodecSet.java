// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.core.record;

import java.util.List;

/**
 * Codecs that a reader accepts.
 *
 * @param bits a bit for each codec number
 */
public record CodecSet(long bits) {
  /** No codec: all is sent plain. */
  public static final CodecSet NONE = new CodecSet(0);

  /** The codecs of these numbers; those that no version knows are left out. */
  public static CodecSet of(List<Integer> numbers) {
    long bits = 0;
    for (int number : numbers) {
      if (number > 0 && number < Long.SIZE) {
        bits |= 1L << number;
      }
    }
    return new CodecSet(bits);
  }

  /** Whether the reader takes this batch as it is stored. */
  public boolean accepts(StoredBatches.Stored batch) {
    if (!batch.compressed()) {
      return true;
    }
    int number = CompressedSet.readChecked(batch.records()).codecNumber();
    return number > 0 && number < Long.SIZE && (bits & (1L << number)) != 0;
  }
}
