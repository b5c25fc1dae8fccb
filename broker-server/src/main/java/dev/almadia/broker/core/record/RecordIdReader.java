// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.core.record;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;

/** Collects the ids of a batch's records while it is scanned. One thread. */
final class RecordIdReader {
  private static final int FIRST_IDS = 16;

  private final MessageDigest sha256;
  private int[] positions = new int[FIRST_IDS];
  private long[] digests = new long[2 * FIRST_IDS];
  private int size;

  RecordIdReader() {
    try {
      sha256 = MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }

  /** A record has an id; of equal length for all, so that long ones cost no memory. */
  void add(int position, byte[] array, int offset, int length) {
    if (size == positions.length) {
      positions = Arrays.copyOf(positions, 2 * size);
      digests = Arrays.copyOf(digests, 4 * size);
    }
    sha256.update(array, offset, length);
    ByteBuffer digest = ByteBuffer.wrap(sha256.digest());
    positions[size] = position;
    digests[2 * size] = digest.getLong();
    digests[2 * size + 1] = digest.getLong();
    size++;
  }

  RecordIds ids() {
    return RecordIds.of(Arrays.copyOf(positions, size), Arrays.copyOf(digests, 2 * size));
  }
}
