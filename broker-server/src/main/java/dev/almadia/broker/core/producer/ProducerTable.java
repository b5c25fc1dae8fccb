// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.core.producer;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * All producers of a partition, as its committed entries say. The same entries give the same table
 * on every broker, in the same order. One thread.
 *
 * <p>Lasting producers never expire: one may come back after years, and its first resend must not
 * be taken for something new. Of transient ones only the newest are remembered. That is safe
 * because those write only with an epoch that they were opened with here: one that is forgotten is
 * not known to have been, and is refused. How many they are must not be a setting, or brokers would
 * differ.
 */
final class ProducerTable {
  /** Transient producers that are remembered. */
  static final int TRANSIENT_MAX = 1_000;

  private final int transientMax;
  private NavigableMap<String, ProducerState> lasting = new TreeMap<>();

  /** The one that was silent for longest first. */
  private Map<String, ProducerState> transients = new LinkedHashMap<>();

  /**
   * An empty one.
   *
   * @param transientMax {@link #TRANSIENT_MAX}, or less in tests
   */
  ProducerTable(int transientMax) {
    this.transientMax = transientMax;
  }

  /** Whether nobody needs to know a producer of this name later. */
  static boolean isTransient(String producerId) {
    return producerId.startsWith(ProducerClaim.TRANSIENT);
  }

  private Map<String, ProducerState> kindOf(String producerId) {
    return isTransient(producerId) ? transients : lasting;
  }

  /** What is known of a producer. */
  ProducerState state(String producerId) {
    return kindOf(producerId).getOrDefault(producerId, ProducerState.NEW);
  }

  boolean has(String producerId) {
    return kindOf(producerId).containsKey(producerId);
  }

  /** Number of lasting producers. */
  int lastingSize() {
    return lasting.size();
  }

  /** Number of all. */
  int size() {
    return lasting.size() + transients.size();
  }

  /** The lowest names behind one, in the order of their characters. */
  List<String> idsAfter(String producerId, int limit) {
    Stream<String> behind = lasting.tailMap(producerId, false).keySet().stream().limit(limit);
    Stream<String> others = transients.keySet().stream().filter(id -> id.compareTo(producerId) > 0);
    return Stream.concat(behind, others).sorted().limit(limit).toList();
  }

  /** An entry with records of a producer is committed. */
  void append(ProducerStamp stamp, long firstOffset, long appendMs) {
    String id = stamp.producerId();
    put(id, state(id).appended(stamp, firstOffset, appendMs));
  }

  /** An opening is committed. One that came too late changes nothing. */
  void open(String producerId, long epoch, long session) {
    ProducerState state = state(producerId);
    if (epoch > state.epoch()) {
      put(producerId, state.opened(epoch, session));
    }
  }

  private void put(String producerId, ProducerState state) {
    if (!isTransient(producerId)) {
      lasting.put(producerId, state);
      return;
    }
    transients.remove(producerId);
    transients.put(producerId, state);
    if (transients.size() > transientMax) {
      transients.remove(transients.keySet().iterator().next());
    }
  }

  byte[] encode() {
    return ProducerTableCodec.encode(lasting, transients);
  }

  /** Takes a table that was decoded; null for an empty one. */
  void replace(@Nullable List<Map<String, ProducerState>> decoded) {
    lasting = decoded == null ? new TreeMap<>() : new TreeMap<>(decoded.get(0));
    transients = decoded == null ? new LinkedHashMap<>() : decoded.get(1);
  }
}
