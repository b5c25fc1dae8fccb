// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.server.data;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Remembers at which index readers go on, so that a reader that follows a partition costs no
 * search. Entries below the commit index never change, so what is remembered stays true until the
 * log start passes it, which a read notices. Any thread.
 */
final class ReadCursors {
  /** Readers remembered; the one that read longest ago goes first. */
  private static final int CURSORS_MAX = 16_384;

  private static final float LOAD = 0.75f;

  private record Place(long groupId, long offset) {}

  private final Map<Place, Long> indexes =
      new LinkedHashMap<>(64, LOAD, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Place, Long> eldest) {
          return size() > CURSORS_MAX;
        }
      };

  /** An index at or before the entry with this offset, close to it; 0 if none is remembered. */
  synchronized long indexOf(long groupId, long offset) {
    Long index = indexes.get(new Place(groupId, offset));
    return index == null ? 0 : index;
  }

  synchronized void remember(long groupId, long offset, long index) {
    indexes.put(new Place(groupId, offset), index);
  }
}
