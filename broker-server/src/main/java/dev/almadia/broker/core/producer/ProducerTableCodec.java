// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.core.producer;

import dev.almadia.broker.core.producer.ProducerState.Numbering;
import dev.almadia.broker.core.producer.ProducerState.Run;
import dev.almadia.broker.core.producer.ProducerState.Span;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A table as bytes: nothing if it is empty, else a version, the number of lasting producers, each
 * of them, and the same of the transient ones, in their order. Numbers are of variable length;
 * those of a run count from the run before, so that a usual producer takes some 40 bytes.
 */
final class ProducerTableCodec {
  /** How {@link Numbering} is written. */
  private static final int NONE = 0;

  private static final int NAMED = 1;
  private static final int ROUTED = 2;

  private static final int VERSION = 3;
  private static final int ID_BYTES_MAX = 128;
  private static final int NUMBER_BYTES_MAX = 10;

  private static final int FIRST_BYTES = 256;

  private byte[] out = new byte[FIRST_BYTES];
  private int at;

  private ProducerTableCodec() {}

  static byte[] encode(Map<String, ProducerState> lasting, Map<String, ProducerState> transients) {
    if (lasting.isEmpty() && transients.isEmpty()) {
      return new byte[0];
    }
    ProducerTableCodec codec = new ProducerTableCodec();
    codec.put(VERSION);
    for (Map<String, ProducerState> kind : List.of(lasting, transients)) {
      codec.put(kind.size());
      kind.forEach(codec::put);
    }
    return Arrays.copyOf(codec.out, codec.at);
  }

  private void put(String producerId, ProducerState state) {
    byte[] id = producerId.getBytes(StandardCharsets.UTF_8);
    put(id.length);
    reserve(id.length);
    System.arraycopy(id, 0, out, at, id.length);
    at += id.length;
    put(state.epoch());
    put(state.session());
    put(numberOf(state.numbering()));
    put(state.lastSequence());
    put(state.lastOffset() + 1);
    put(state.lastAppendMs());
    put(state.runs().size());
    long sequence = 0;
    long offset = 0;
    for (Run run : state.runs()) {
      Segment segment = run.segment();
      put(segment.firstSequence() - sequence);
      put(segment.count());
      put(segment.lastSequence() - segment.firstSequence() - (segment.count() - 1));
      put(run.firstOffset() - offset);
      sequence = segment.lastSequence();
      offset = run.firstOffset() + segment.count();
    }
    put(state.complete().size());
    sequence = 0;
    for (Span span : state.complete()) {
      put(span.first() - sequence);
      put(span.last() - span.first());
      sequence = span.last();
    }
  }

  private void put(long value) {
    reserve(NUMBER_BYTES_MAX);
    long rest = value;
    while ((rest & ~0x7FL) != 0) {
      out[at++] = (byte) ((rest & 0x7F) | 0x80);
      rest >>>= 7;
    }
    out[at++] = (byte) rest;
  }

  private void reserve(int bytes) {
    if (out.length - at < bytes) {
      out = Arrays.copyOf(out, Math.max(out.length + bytes, 2 * out.length));
    }
  }

  /**
   * Reads a table: the lasting producers, then the transient ones. Null if the bytes are none that
   * this version can read.
   */
  static @Nullable List<Map<String, ProducerState>> decode(byte[] bytes) {
    List<Map<String, ProducerState>> kinds = List.of(new LinkedHashMap<>(), new LinkedHashMap<>());
    if (bytes.length == 0) {
      return kinds;
    }
    ByteBuffer in = ByteBuffer.wrap(bytes);
    try {
      if (get(in) != VERSION) {
        return null;
      }
      for (Map<String, ProducerState> kind : kinds) {
        for (long left = get(in); left > 0; left--) {
          byte[] id = new byte[count(in, ID_BYTES_MAX)];
          in.get(id);
          kind.put(new String(id, StandardCharsets.UTF_8), state(in));
        }
      }
    } catch (BufferUnderflowException | IllegalArgumentException e) {
      return null;
    }
    return in.hasRemaining() ? null : kinds;
  }

  private static ProducerState state(ByteBuffer in) {
    long epoch = get(in);
    long session = get(in);
    Numbering numbering = numberingOf(count(in, ROUTED));
    long lastSequence = get(in);
    long lastOffset = get(in) - 1;
    long lastAppendMs = get(in);
    List<Run> runs = new ArrayList<>();
    long sequence = 0;
    long offset = 0;
    for (int left = count(in, ProducerState.RUNS_MAX); left > 0; left--) {
      long first = sequence + get(in);
      int count = count(in, Integer.MAX_VALUE);
      long last = first + count - 1 + get(in);
      Run run = new Run(new Segment(first, last, count), offset + get(in));
      runs.add(run);
      sequence = last;
      offset = run.firstOffset() + count;
    }
    return new ProducerState(
        epoch, session, numbering, lastSequence, lastOffset, lastAppendMs, runs, complete(in));
  }

  private static List<Span> complete(ByteBuffer in) {
    List<Span> complete = new ArrayList<>();
    long sequence = 0;
    for (int left = count(in, ProducerState.SPANS_MAX); left > 0; left--) {
      long first = sequence + get(in);
      sequence = first + get(in);
      complete.add(new Span(first, sequence));
    }
    return complete;
  }

  private static int numberOf(Numbering numbering) {
    return switch (numbering) {
      case NONE -> NONE;
      case NAMED -> NAMED;
      case ROUTED -> ROUTED;
    };
  }

  private static Numbering numberingOf(int number) {
    return switch (number) {
      case NAMED -> Numbering.NAMED;
      case ROUTED -> Numbering.ROUTED;
      default -> Numbering.NONE;
    };
  }

  private static int count(ByteBuffer in, int max) {
    long value = get(in);
    if (value < 0 || value > max) {
      throw new IllegalArgumentException("a count of " + value);
    }
    return (int) value;
  }

  private static long get(ByteBuffer in) {
    long value = 0;
    for (int shift = 0; shift < Long.SIZE; shift += 7) {
      byte next = in.get();
      value |= (long) (next & 0x7F) << shift;
      if (next >= 0) {
        return value;
      }
    }
    throw new IllegalArgumentException("a number of more than 64 bits");
  }
}
