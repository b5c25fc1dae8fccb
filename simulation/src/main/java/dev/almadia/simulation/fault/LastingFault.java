// SPDX-License-Identifier: Apache-2.0
package dev.almadia.simulation.fault;

import java.util.function.BiConsumer;

/** What may be wrong with a broker for ever, while the others have to go on without it. */
enum LastingFault {
  DOWN("is down", (hold, id) -> hold.kill(id)),
  PAUSED("stands still", (hold, id) -> hold.pause(id)),
  ISOLATED("is cut off", (hold, id) -> hold.shapeNetwork((from, to) -> from != id && to != id)),
  DEAF("hears no other", (hold, id) -> hold.shapeNetwork((from, to) -> to != id)),
  MUTE("is not heard", (hold, id) -> hold.shapeNetwork((from, to) -> from != id)),
  FLAPPING("comes and goes", LastingFault::flap);

  private static final long FLAP_MILLIS_MAX = 3_000;

  private final String text;
  private final BiConsumer<Hold, Integer> begin;

  LastingFault(String text, BiConsumer<Hold, Integer> begin) {
    this.text = text;
    this.begin = begin;
  }

  Fault of(int broker) {
    return Fault.of(
        FaultShape.text(broker) + " " + text + " for ever", hold -> begin.accept(hold, broker));
  }

  private static void flap(Hold hold, int broker) {
    hold.shapeNetwork((from, to) -> from != broker && to != broker);
    hold.later(
        hold.random().between(1, FLAP_MILLIS_MAX),
        () -> {
          for (int other : hold.shape().all()) {
            if (other != broker) {
              hold.troubleBoth(broker, other, WayTrouble.NONE);
            }
          }
          hold.later(hold.random().between(1, FLAP_MILLIS_MAX), () -> flap(hold, broker));
        });
  }
}
