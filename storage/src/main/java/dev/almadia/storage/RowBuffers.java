// SPDX-License-Identifier: Apache-2.0
package dev.almadia.storage;

import java.nio.ByteBuffer;
import java.util.concurrent.ArrayBlockingQueue;
import org.rocksdb.RocksIterator;

/**
 * Direct buffers that rows are read into, a few kept between reads. They measured a fifth less CPU
 * per byte than arrays, and making one for every read would cost more than that. Any thread.
 */
final class RowBuffers {
  /** As many as the read pool has threads on a small machine; more readers make their own. */
  private static final int KEPT = 8;

  private static final int FIRST_BYTES = 64 << 10;

  /** An entry of a mebibyte with its header fits; larger ones are not kept. */
  private static final int KEPT_BYTES_MAX = 2 << 20;

  private final ArrayBlockingQueue<ByteBuffer> free = new ArrayBlockingQueue<>(KEPT);

  /** A buffer for one reader; give it, or the one that it grew to, back. */
  ByteBuffer take() {
    ByteBuffer buffer = free.poll();
    return buffer == null ? ByteBuffer.allocateDirect(FIRST_BYTES) : buffer;
  }

  void giveBack(ByteBuffer buffer) {
    if (buffer.capacity() <= KEPT_BYTES_MAX) {
      // If enough are kept, this one goes.
      boolean unused = free.offer(buffer);
    }
  }

  /** Reads the iterator's value into the buffer, or into a larger one, which is returned then. */
  static ByteBuffer value(RocksIterator rows, ByteBuffer buffer) {
    ByteBuffer into = buffer;
    into.clear();
    int bytes = rows.value(into);
    if (bytes > into.capacity()) {
      into = ByteBuffer.allocateDirect(Math.max(bytes, 2 * into.capacity()));
      bytes = rows.value(into);
    }
    return into.position(0).limit(bytes);
  }
}
