// SPDX-License-Identifier: Apache-2.0
package dev.almadia.history.check;

import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;

/**
 * Things by offset, in pages: as fast as an array where offsets are dense, and safe if a broken
 * broker tells an offset far away. One thread.
 */
final class OffsetTable<T> {
  private static final int PAGE_BITS = 8;
  private static final int PAGE_MASK = (1 << PAGE_BITS) - 1;

  private final Map<Long, @Nullable Object[]> pages = new TreeMap<>();
  private long lastPage = Long.MIN_VALUE;
  private @Nullable Object @Nullable [] last;

  @SuppressWarnings("unchecked")
  @Nullable T get(long offset) {
    @Nullable Object[] page = page(offset >> PAGE_BITS);
    return page == null ? null : (T) page[(int) offset & PAGE_MASK];
  }

  @SuppressWarnings("unchecked")
  T computeIfAbsent(long offset, LongFunction<T> maker) {
    @Nullable Object[] page = page(offset >> PAGE_BITS);
    if (page == null) {
      page = new @Nullable Object[1 << PAGE_BITS];
      pages.put(offset >> PAGE_BITS, page);
      lastPage = offset >> PAGE_BITS;
      last = page;
    }
    int slot = (int) offset & PAGE_MASK;
    Object there = page[slot];
    if (there == null) {
      there = maker.apply(offset);
      page[slot] = there;
    }
    return (T) there;
  }

  /** In the order of offsets. */
  @SuppressWarnings("unchecked")
  void forEach(Consumer<T> action) {
    for (@Nullable Object[] page : pages.values()) {
      for (Object thing : page) {
        if (thing != null) {
          action.accept((T) thing);
        }
      }
    }
  }

  private @Nullable Object @Nullable [] page(long number) {
    if (number != lastPage || last == null) {
      last = pages.get(number);
      lastPage = number;
    }
    return last;
  }
}
