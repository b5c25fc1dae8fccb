// SPDX-License-Identifier: Apache-2.0
package dev.almadia.simulation.fault.kinds;

import dev.almadia.simulation.fault.FaultKind;
import java.util.Collection;
import java.util.List;

/** The kinds of fault there are. */
public final class FaultKinds {
  private static final List<FaultKind> ALL =
      List.of(
          new Crash(),
          new CrashSome(),
          new CrashAll(),
          new CrashLeader(),
          new CrashLoop(),
          new PowerOne(),
          new PowerSome(),
          new PowerAll(),
          new Stop(),
          new RollingRestart(),
          new Pause(),
          new PauseLeader(),
          new PauseAll(),
          new StaleLeader(),
          new ClockJump(),
          new ClockStrobe(),
          new SlowShards(),
          new SlowDisk(),
          new DiskStall(),
          new OvertakenDisk(),
          new WriteFails(),
          new SyncFails(),
          new DiskFull(),
          new BitFlip(),
          new LostDisk(),
          new BrokerJoins(),
          new DiskLostAndBack(),
          new DecommissionForGood(),
          new Isolate(),
          new Halves(),
          new MajoritySplit(),
          new Bridge(),
          new Ring(),
          new Star(),
          new Deaf(),
          new Mute(),
          new OneWay(),
          new Flapping(),
          new SlowLink(),
          new Clog(),
          new Lossy(),
          new Duplicates(),
          new Reorder(),
          new WireFlips(),
          new Resets(),
          new ClientCut(),
          new ClientLost(),
          new ClientResets());

  private FaultKinds() {}

  /** All, in the order in which people should read them. */
  public static List<FaultKind> all() {
    return ALL;
  }

  /**
   * Those with these names, in the order of {@link #all}.
   *
   * @throws IllegalArgumentException if there is no such kind
   */
  public static List<FaultKind> named(Collection<String> names) {
    List<FaultKind> named = ALL.stream().filter(kind -> names.contains(kind.name())).toList();
    for (String name : names) {
      if (named.stream().noneMatch(kind -> kind.name().equals(name))) {
        throw new IllegalArgumentException("no kind of fault '" + name + "'");
      }
    }
    return named;
  }
}
