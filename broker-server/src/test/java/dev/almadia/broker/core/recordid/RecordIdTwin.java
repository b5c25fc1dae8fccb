// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.core.recordid;

import java.util.ArrayList;
import java.util.List;

/** The rules as they are written down: nothing is kept but the log, all else is worked out anew. */
final class RecordIdTwin {
  /**
   * An entry.
   *
   * @param ids of its records, empty for those that have none
   */
  record Logged(DedupSetting setting, long firstOffset, long appendMs, List<String> ids) {}

  /** An id that is known. */
  record Known(String id, long offset, long timeMs) {}

  /** What follows from a log. */
  record State(DedupSetting setting, long timeMs, List<Known> known) {}

  private RecordIdTwin() {}

  /** What the committed entries say. */
  static State replay(List<Logged> log) {
    State state = new State(DedupSetting.NEVER, 0, List.of());
    for (Logged entry : log) {
      State next = after(state, entry);
      long windowMs = next.setting().windowMs();
      List<Known> known = new ArrayList<>(windowMs == 0 ? List.of() : next.known());
      known.removeIf(one -> one.timeMs() + windowMs <= next.timeMs());
      state = new State(next.setting(), next.timeMs(), known);
    }
    return state;
  }

  /** With what is appended and not applied, nothing of it forgotten. */
  static State ahead(State committed, List<Logged> appended) {
    State state = committed;
    for (Logged entry : appended) {
      state = after(state, entry);
    }
    return state;
  }

  private static State after(State state, Logged entry) {
    DedupSetting setting =
        entry.setting().revision() > state.setting().revision() ? entry.setting() : state.setting();
    long timeMs = Math.max(state.timeMs(), entry.appendMs());
    List<Known> known = new ArrayList<>(state.known());
    for (int i = 0; i < entry.ids().size(); i++) {
      if (!entry.ids().get(i).isEmpty()) {
        known.add(new Known(entry.ids().get(i), entry.firstOffset() + i, timeMs));
      }
    }
    return new State(setting, timeMs, known);
  }

  /** What is known when a leader judges: of each id the newest. */
  static List<Known> known(State state, DedupSetting setting, long nowMs) {
    long at = Math.max(nowMs, state.timeMs());
    return state.known().stream().filter(one -> one.timeMs() + setting.windowMs() > at).toList();
  }

  /** Offset of the newest record with an id, -1 if there is none. */
  static long offsetOf(List<Known> known, String id) {
    return known.stream()
        .filter(one -> one.id().equals(id))
        .mapToLong(Known::offset)
        .max()
        .orElse(-1);
  }
}
