// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.server.data;

import dev.almadia.broker.core.BrokerError;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReferenceArray;

/**
 * Waits for the ends of several calls, each of which comes once. Any thread.
 *
 * @param <R> an answer
 */
final class AllReplies<R> {
  private final AtomicReferenceArray<Object> ends;
  private final AtomicInteger missing;
  private final Reply<List<R>> all;

  /**
   * Begins.
   *
   * @param count how many calls, at least one
   * @param all hears of all answers, in the order of the places; or of the first error in it
   */
  AllReplies(int count, Reply<List<R>> all) {
    this.ends = new AtomicReferenceArray<>(count);
    this.missing = new AtomicInteger(count);
    this.all = all;
  }

  /** What hears the end of one of the calls. */
  Reply<R> at(int place) {
    return new Reply<>() {
      @Override
      public void done(R answer) {
        ended(place, new Answer<>(answer));
      }

      @Override
      public void failed(BrokerError error) {
        ended(place, error);
      }
    };
  }

  private record Answer<R>(R value) {}

  private void ended(int place, Object end) {
    ends.set(place, end);
    if (missing.decrementAndGet() == 0) {
      tell();
    }
  }

  @SuppressWarnings("unchecked")
  private void tell() {
    List<R> answers = new ArrayList<>(ends.length());
    for (int place = 0; place < ends.length(); place++) {
      if (ends.get(place) instanceof BrokerError error) {
        all.failed(error);
        return;
      }
      answers.add(((Answer<R>) ends.get(place)).value());
    }
    all.done(answers);
  }
}
