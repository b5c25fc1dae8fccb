// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.core.producer;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * All producers of a partition, as its committed entries say. The same entries give the same table
 * on every broker, in the same order. Nothing in it expires: a producer may come back after years,
 * and its first resend must not be taken for something new. One thread.
 */
final class ProducerTable {
  private Map<String, ProducerState> states = new LinkedHashMap<>();

  /** What is known of a producer. */
  ProducerState state(String producerId) {
    return states.getOrDefault(producerId, ProducerState.NEW);
  }

  boolean has(String producerId) {
    return states.containsKey(producerId);
  }

  int size() {
    return states.size();
  }

  /** All producers, in the order in which they came. */
  Map<String, ProducerState> states() {
    return states;
  }

  /** An entry with records of a producer is committed. */
  void append(ProducerStamp stamp, long firstOffset, long appendMs) {
    String id = stamp.producerId();
    states.put(id, state(id).appended(stamp, firstOffset, appendMs));
  }

  /** An opening is committed. One that came too late changes nothing. */
  void open(String producerId, long epoch, long session) {
    ProducerState state = state(producerId);
    if (epoch > state.epoch()) {
      states.put(producerId, state.opened(epoch, session));
    }
  }

  byte[] encode() {
    return ProducerTableCodec.encode(states);
  }

  /** Takes a table that was decoded; null for an empty one. */
  void replace(@Nullable Map<String, ProducerState> decoded) {
    states = decoded == null ? new LinkedHashMap<>() : new LinkedHashMap<>(decoded);
  }

  /** Ids behind one, in the order of their characters. */
  List<String> idsAfter(String producerId) {
    return states.keySet().stream().filter(id -> id.compareTo(producerId) > 0).sorted().toList();
  }
}
