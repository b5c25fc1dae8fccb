// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.core.record;

/**
 * Walks over serialized protobuf fields. Never reads outside its range, never allocates; at the
 * first byte that no parser of any language should accept it stops and says what is wrong. Stricter
 * than protobuf's own parser where that is lenient: no groups, no varints beyond 64 bits, no
 * lengths beyond 31 bits. One thread.
 */
final class WireCursor {
  static final int VARINT = 0;
  static final int FIXED64 = 1;
  static final int LENGTH = 2;
  static final int FIXED32 = 5;

  private static final int TAG_TYPE_BITS = 3;
  private static final int TAG_TYPE_MASK = 7;
  private static final int VARINT_SHIFT_MAX = 63;

  private byte[] array;
  private int at;
  private String problem = "";

  WireCursor(byte[] array, int from) {
    this.array = array;
    this.at = from;
  }

  /** Index of the next byte. */
  int at() {
    return at;
  }

  void moveTo(int index) {
    at = index;
  }

  /** Goes on in another array, at the byte that has been moved to this index. */
  void moveTo(byte[] other, int index) {
    array = other;
    at = index;
  }

  boolean failed() {
    return !problem.isEmpty();
  }

  /** What is wrong; empty if nothing is. */
  String problem() {
    return problem;
  }

  void fail(String what) {
    if (problem.isEmpty()) {
      problem = what;
    }
  }

  /** The next tag; 0 if there is none that is allowed. */
  int tag(int end) {
    long tag = varint(end);
    if (failed()) {
      return 0;
    }
    int type = (int) tag & TAG_TYPE_MASK;
    if (tag < 0 || tag > 0xFFFFFFFFL || tag >>> TAG_TYPE_BITS == 0) {
      fail("invalid field number");
      return 0;
    }
    if (type != VARINT && type != FIXED64 && type != LENGTH && type != FIXED32) {
      fail("field type " + type + " is not allowed");
      return 0;
    }
    return (int) tag;
  }

  long varint(int end) {
    long value = 0;
    for (int shift = 0; shift <= VARINT_SHIFT_MAX; shift += 7) {
      if (at >= end) {
        fail("a number is cut off");
        return 0;
      }
      byte next = array[at++];
      if (shift == VARINT_SHIFT_MAX && (next & 0xFE) != 0) {
        break;
      }
      value |= (long) (next & 0x7F) << shift;
      if (next >= 0) {
        return value;
      }
    }
    fail("a number is longer than 64 bits");
    return 0;
  }

  /** A length that fits before the end; 0 if it does not. */
  int length(int end) {
    long length = varint(end);
    if (!failed() && (length < 0 || length > end - at)) {
      fail("a length of " + Long.toUnsignedString(length) + " bytes is beyond the end");
    }
    return failed() ? 0 : (int) length;
  }

  /** Passes over the content of a field that this version does not know. */
  void skip(int tag, int end) {
    switch (tag & TAG_TYPE_MASK) {
      case VARINT -> varint(end);
      case FIXED64 -> advance(Long.BYTES, end);
      case FIXED32 -> advance(Integer.BYTES, end);
      default -> advance(length(end), end);
    }
  }

  private void advance(int bytes, int end) {
    if (bytes > end - at) {
      fail("a field is cut off");
      return;
    }
    at += bytes;
  }

  static int field(int tag) {
    return tag >>> TAG_TYPE_BITS;
  }

  static int tagOf(int field, int type) {
    return (field << TAG_TYPE_BITS) | type;
  }

  /** Whether the bytes are UTF-8 by the book: no overlong forms, no surrogates. */
  static boolean isUtf8(byte[] bytes, int from, int to) {
    int i = from;
    while (i < to) {
      if (bytes[i] >= 0) {
        i++;
        continue;
      }
      int more = continuations(bytes, i, to);
      if (more == 0) {
        return false;
      }
      i += more + 1;
    }
    return true;
  }

  /** Continuation bytes of the character that begins here; 0 if it is not valid. */
  private static int continuations(byte[] bytes, int i, int to) {
    int lead = bytes[i] & 0xFF;
    int more = lead >= 0xC2 && lead < 0xE0 ? 1 : lead < 0xF0 ? 2 : lead < 0xF5 ? 3 : 0;
    if (lead < 0xC2 || more == 0 || to - i <= more) {
      return 0;
    }
    int second = bytes[i + 1] & 0xFF;
    int least = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
    int most = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
    if (second < least || second > most) {
      return 0;
    }
    for (int k = 2; k <= more; k++) {
      if ((bytes[i + k] & 0xC0) != 0x80) {
        return 0;
      }
    }
    return more;
  }
}
