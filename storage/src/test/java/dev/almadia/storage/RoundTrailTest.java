// SPDX-License-Identifier: Apache-2.0
package dev.almadia.storage;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** Damage or torn end: the rule alone. */
class RoundTrailTest {
  private static final Path OLD = Path.of("000004.log");
  private static final Path NEW = Path.of("000009.log");

  private static void round(WalRecords.Sink sink, long round, long synced) {
    sink.onRound(new RoundStamp(1, round, synced), 100 * round, 100 * round + 100);
  }

  @Test
  void followsRoundsOverFiles() {
    RoundTrail trail = new RoundTrail(10, 12);
    round(trail.of(OLD), 11, 10);
    round(trail.of(NEW), 12, 11);
    assertThat(trail.damage()).isNull();
    assertThat(trail.lastRound()).isEqualTo(12);
    assertThat(trail.end()).isEqualTo(new RoundTrail.End(NEW, 1300));
  }

  @Test
  void badRoundWithUnsyncedOnesBehindItIsTheTornEnd() {
    RoundTrail trail = new RoundTrail(10, 0);
    WalRecords.Sink file = trail.of(OLD);
    round(file, 11, 10);
    file.onBad(1200, "bytes");
    round(file, 13, 11);
    round(file, 14, 11);
    assertThat(trail.damage()).isNull();
    assertThat(trail.lastRound()).isEqualTo(11);
    assertThat(trail.end()).isEqualTo(new RoundTrail.End(OLD, 1200));
  }

  @Test
  void badRoundThatALaterOneCallsSyncedIsDamage() {
    RoundTrail trail = new RoundTrail(10, 0);
    WalRecords.Sink file = trail.of(OLD);
    round(file, 11, 10);
    file.onBad(1200, "bytes");
    round(file, 13, 12);
    assertThat(trail.damage()).contains("round 12", "000004.log", "byte 1200");
  }

  @Test
  void badRoundThatTheMarkCallsSyncedIsDamage() {
    RoundTrail trail = new RoundTrail(10, 12);
    WalRecords.Sink file = trail.of(OLD);
    round(file, 11, 10);
    file.onBad(1200, "bytes");
    assertThat(trail.damage()).contains("round 12", "byte 1200");
  }

  @Test
  void missingFileBetweenTwoIsDamage() {
    RoundTrail trail = new RoundTrail(10, 0);
    round(trail.of(NEW), 20, 19);
    assertThat(trail.damage()).contains("round 11", "000009.log", "round 20");
  }

  @Test
  void missingLogIsDamageIfTheMarkKnowsMore() {
    assertThat(new RoundTrail(10, 11).damage()).contains("round 11", "no file");
    assertThat(new RoundTrail(10, 10).damage()).isNull();
    assertThat(new RoundTrail(10, 3).damage()).isNull();
  }

  @Test
  void damageAmongRoundsThatAreInTheTablesDoesNotMatter() {
    RoundTrail trail = new RoundTrail(10, 11);
    WalRecords.Sink file = trail.of(OLD);
    round(file, 3, 2);
    file.onBad(400, "bytes");
    round(file, 9, 8);
    round(trail.of(NEW), 11, 10);
    assertThat(trail.damage()).isNull();
    assertThat(trail.lastRound()).isEqualTo(11);
  }
}
