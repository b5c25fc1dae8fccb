// SPDX-License-Identifier: Apache-2.0
package dev.almadia.simulation.fault;

/** What may be wrong with a broker for ever, while the others have to go on without it. */
enum LastingFault {
  DOWN("is down"),
  PAUSED("stands still"),
  ISOLATED("is cut off"),
  DEAF("hears no other"),
  MUTE("is not heard"),
  FLAPPING("comes and goes");

  private static final long FLAP_MILLIS_MAX = 3_000;

  private final String text;

  LastingFault(String text) {
    this.text = text;
  }

  Fault of(int broker) {
    return Fault.of(
        FaultShape.text(broker) + " " + text + " for ever", hold -> begin(hold, broker));
  }

  private void begin(Hold hold, int broker) {
    switch (this) {
      case DOWN -> hold.kill(broker);
      case PAUSED -> hold.pause(broker);
      case ISOLATED -> hold.shapeNetwork((from, to) -> from != broker && to != broker);
      case DEAF -> hold.shapeNetwork((from, to) -> to != broker);
      case MUTE -> hold.shapeNetwork((from, to) -> from != broker);
      case FLAPPING -> flap(hold, broker, WayTrouble.CUT);
    }
  }

  private static void flap(Hold hold, int broker, WayTrouble trouble) {
    for (int other : hold.shape().all()) {
      if (other != broker) {
        hold.troubleBoth(broker, other, trouble);
      }
    }
    WayTrouble next = trouble.cut() ? WayTrouble.NONE : WayTrouble.CUT;
    // Cut so long that it loses what it leads: the others have to do without it.
    long least = trouble.cut() ? FLAP_MILLIS_MAX : 1;
    hold.later(least + hold.random().below(FLAP_MILLIS_MAX), () -> flap(hold, broker, next));
  }
}
