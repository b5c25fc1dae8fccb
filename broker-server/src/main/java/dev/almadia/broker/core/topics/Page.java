// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.core.topics;

import java.util.List;

/**
 * A page of a list.
 *
 * @param items what is on it
 * @param nextPageToken for the next page, empty if this is the last
 * @param <T> kind of items
 */
public record Page<T>(List<T> items, String nextPageToken) {
  /** Copies the list. */
  public Page {
    items = List.copyOf(items);
  }
}
