// SPDX-License-Identifier: Apache-2.0
package dev.almadia.simulation.fault;

import java.util.function.Consumer;

/** One thing that goes wrong, drawn beforehand. May begin once. */
public interface Fault {
  /** What it does to whom, one line, such as {@code isolate b2}. */
  String text();

  /**
   * It begins. All that is done through the hold is taken back when the fault ends; steps of its
   * own come by {@link Hold#later}. May come at any time: brokers may be down or held by others.
   */
  void begin(Hold hold);

  /** It ends; what the hold does not take back by itself. */
  default void end(Hold hold) {}

  /** A fault that needs no end of its own. */
  static Fault of(String text, Consumer<Hold> begin) {
    return new Fault() {
      @Override
      public String text() {
        return text;
      }

      @Override
      public void begin(Hold hold) {
        begin.accept(hold);
      }
    };
  }
}
