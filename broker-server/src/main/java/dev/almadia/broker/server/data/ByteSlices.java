// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.server.data;

import com.google.protobuf.ByteOutput;
import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import dev.almadia.broker.core.record.ByteSlice;
import java.io.IOException;
import java.nio.ByteBuffer;

/** Between protobuf's byte strings and slices of arrays, without a copy. */
final class ByteSlices {
  private ByteSlices() {}

  /** The array behind a byte string; copied only if it is not one array. */
  static ByteSlice of(ByteString bytes) {
    Catcher catcher = new Catcher();
    try {
      UnsafeByteOperations.unsafeWriteTo(bytes, catcher);
    } catch (IOException e) {
      throw new IllegalStateException("no I/O takes place", e);
    }
    return catcher.pieces == 1 ? catcher.slice : ByteSlice.of(bytes.toByteArray());
  }

  /** The slice as a byte string that shares the array. */
  static ByteString share(ByteSlice slice) {
    return UnsafeByteOperations.unsafeWrap(slice.array(), slice.offset(), slice.length());
  }

  private static final class Catcher extends ByteOutput {
    private ByteSlice slice = ByteSlice.EMPTY;
    private int pieces;

    @Override
    public void write(byte value) {
      pieces += 2;
    }

    @Override
    public void write(byte[] value, int offset, int length) {
      pieces += 2;
    }

    @Override
    public void writeLazy(byte[] value, int offset, int length) {
      slice = new ByteSlice(value, offset, length);
      pieces++;
    }

    @Override
    public void write(ByteBuffer value) {
      pieces += 2;
    }

    @Override
    public void writeLazy(ByteBuffer value) {
      pieces += 2;
    }
  }
}
