// SPDX-License-Identifier: Apache-2.0
package dev.almadia.simulation.scenario;

import dev.almadia.simulation.fault.FaultKind;
import dev.almadia.simulation.fault.Intensity;
import dev.almadia.simulation.fault.kinds.FaultKinds;
import java.util.List;

/** The scenarios there are. A new one is one more entry. */
public final class Scenarios {
  /** Tests of what happens at a moment need many such moments. */
  private static final Intensity OFTEN = new Intensity(4, 10, 60, false);

  /** More of these, and clients would hardly get anything done. */
  private static final Intensity RARELY = new Intensity(4, 2, 12, false);

  private static final List<FaultKind> MIX =
      FaultKinds.all().stream()
          .filter(kind -> !kind.needsLastingProcesses() && !kind.changesMembers())
          .toList();

  private static final List<FaultKind> MEMBERS =
      FaultKinds.all().stream()
          .filter(kind -> !kind.needsLastingProcesses() && !kind.name().equals("bit-flip"))
          .toList();

  private static final List<Scenario> ALL =
      List.of(
          Scenario.of("mix", "everything: each seed draws its cluster, load and faults", MIX),
          Scenario.of("calm", "no faults at all", List.of())
              .with(Intensity.NONE)
              .with(Ending.HEAL_ALL),
          Scenario.of(
                  "crashes",
                  "brokers are killed, alone, together and while they start",
                  kinds("crash", "crash-some", "crash-all", "crash-leader", "crash-loop"))
              .with(RARELY),
          Scenario.of(
                  "power",
                  "machines lose power, and with it what was not synced",
                  kinds("power-one", "power-some", "power-all", "crash", "slow-disk"))
              .with(RARELY),
          Scenario.of(
                  "partitions",
                  "the network falls apart in every shape",
                  kinds(
                      "isolate",
                      "halves",
                      "majority-split",
                      "bridge",
                      "ring",
                      "star",
                      "client-cut",
                      "client-lost"))
              .with(ClusterHints.sizes(3, 4, 5, 5, 7)),
          Scenario.of(
                  "one-way",
                  "brokers that are heard and do not hear, and the other way round",
                  kinds("deaf", "mute", "one-way", "client-cut"))
              .with(ClusterHints.sizes(3, 5)),
          Scenario.of(
                  "bridge-and-ring",
                  "majorities that overlap in one broker",
                  kinds("bridge", "ring", "star"))
              .with(ClusterHints.sizes(5, 5, 7)),
          Scenario.of(
              "pauses",
              "brokers stand still and go on as if no time had passed",
              kinds("pause", "pause-leader", "pause-all", "stale-leader", "disk-stall")),
          Scenario.of(
                  "clocks",
                  "clocks drift and jump",
                  kinds("clock-jump", "clock-strobe", "pause", "crash"))
              .with(new ClusterHints(List.of(), false, 20_000, false, false)),
          Scenario.of(
              "disks",
              "disks fail, fill up, stall and damage what they hold",
              kinds(
                  "slow-disk",
                  "disk-stall",
                  "overtaken-disk",
                  "write-fails",
                  "sync-fails",
                  "disk-full",
                  "bit-flip",
                  "power-one")),
          Scenario.of(
                  "lost-disk",
                  "a minority of the disks is lost; nothing starts again",
                  kinds("lost-disk", "isolate", "one-way", "pause", "slow-disk", "lossy"))
              .with(ClusterHints.sizes(3, 5)),
          Scenario.of(
              "slow",
              "slow disks, slow links, slow computing",
              kinds("slow-disk", "slow-shards", "slow-link", "clog", "lossy", "disk-stall")),
          Scenario.of(
                  "rolling-restarts",
                  "brokers stop in good order and start again, one after the other",
                  kinds("rolling-restart", "stop"))
              .with(RARELY),
          Scenario.of(
                  "elections",
                  "faults happen right when a group gets another leader",
                  kinds(
                      "crash-leader",
                      "pause-leader",
                      "crash",
                      "power-one",
                      "isolate",
                      "deaf",
                      "mute",
                      "stop"))
              .with(new Intensity(4, 5, 30, true)),
          Scenario.of(
                  "left-behind",
                  "leaders are replaced and go on before they hear of it",
                  kinds("stale-leader", "overtaken-disk"))
              .with(new Intensity(2, 6, 20, false))
              .with(ClusterHints.sizes(3, 3, 5)),
          Scenario.of(
                  "flapping",
                  "links come and go all the time",
                  kinds("flapping", "resets", "client-resets"))
              .with(OFTEN),
          Scenario.of("minority-for-ever", "the mix; at the end a minority stays broken", MIX)
              .with(ClusterHints.sizes(3, 3, 5))
              .with(Ending.BROKEN_MINORITY),
          Scenario.of(
                  "buffered",
                  "topics that do not wait for syncs; brokers are killed, machines last",
                  kinds("crash", "crash-some", "crash-all", "crash-leader", "crash-loop"))
              .with(RARELY)
              .with(new ClusterHints(List.of(), false, 0, true, false)),
          Scenario.of(
                  "members",
                  "brokers join, leave, lose disks and are given orders, among all other faults",
                  MEMBERS)
              .with(ClusterHints.members(3, 3, 3, 4, 5))
              .with(Ending.HEAL_ALL),
          Scenario.of("cut-logs", "the mix, and logs are cut: who is behind starts anew", MIX)
              .withCuts(),
          Scenario.of(
                  "producers",
                  "the mix with cut logs, and producers that number their records and resend",
                  MIX)
              .withCuts()
              .withNumbered(4),
          Scenario.of("tiny", "the mix with tiny limits everywhere", MIX)
              .with(new ClusterHints(List.of(), true, 0, false, false)));

  private Scenarios() {}

  private static List<FaultKind> kinds(String... names) {
    return FaultKinds.named(List.of(names));
  }

  /** All, the default first. */
  public static List<Scenario> all() {
    return ALL;
  }

  /**
   * The one with this name.
   *
   * @throws IllegalArgumentException if there is none
   */
  public static Scenario named(String name) {
    return ALL.stream()
        .filter(scenario -> scenario.name().equals(name))
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException("no scenario '" + name + "'"));
  }
}
