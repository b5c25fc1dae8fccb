// SPDX-License-Identifier: Apache-2.0
package dev.almadia.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.almadia.client.Acknowledged;
import dev.almadia.client.ReadRecord;
import dev.almadia.v1.Durability;
import dev.almadia.v1.Record;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The demo must notice everything that it says cannot happen. */
class DemoLedgerTest {
  private static Record event(int number) {
    return Record.newBuilder()
        .setKey(ByteString.copyFromUtf8("k" + number % 2))
        .setValue(ByteString.copyFromUtf8("v" + number))
        .build();
  }

  private static final List<Record> EVENTS = List.of(event(0), event(1), event(2), event(3));

  private static Acknowledged at(int partition, long offset, boolean maybeTwice) {
    return new Acknowledged(partition, offset, Durability.DURABILITY_QUORUM_SYNCED, maybeTwice);
  }

  /** Even events in partition 0, odd ones in partition 1. */
  private static DemoLedger ledger(boolean maybeTwice) {
    DemoLedger ledger = new DemoLedger(EVENTS);
    for (int i = 0; i < 4; i++) {
      ledger.note(i, at(i % 2, i / 2, maybeTwice), null);
    }
    return ledger;
  }

  private static List<ReadRecord> log() {
    List<ReadRecord> log = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      log.add(new ReadRecord(i % 2, i / 2, 1, EVENTS.get(i)));
    }
    return log;
  }

  @Test
  void acceptsWhatIsRight() {
    DemoLedger.Verdict verdict = ledger(false).compare(log());
    assertThat(verdict.problems()).isEmpty();
    assertThat(verdict.copies()).isZero();
    assertThat(verdict.keys()).isEqualTo(2);
  }

  @Test
  void noticesLoss() {
    List<ReadRecord> log = log();
    log.remove(3);
    assertThat(ledger(false).compare(log).problems()).anyMatch(p -> p.startsWith("LOST: event 4"));
  }

  @Test
  void noticesAHole() {
    List<ReadRecord> log = log();
    log.remove(0);
    assertThat(ledger(false).compare(log).problems()).contains("partition 0 offset 0 is missing");
  }

  @Test
  void noticesOtherContent() {
    List<ReadRecord> log = log();
    log.set(0, new ReadRecord(0, 0, 1, event(9)));
    assertThat(ledger(false).compare(log).problems())
        .contains("partition 0 offset 0 is not event 1");
  }

  @Test
  void allowsASecondCopyOnlyOfWhatWasSentAgain() {
    List<ReadRecord> log = log();
    log.add(new ReadRecord(0, 2, 1, EVENTS.get(2)));
    assertThat(ledger(false).compare(log).problems()).anyMatch(p -> p.contains("2 times"));
    DemoLedger.Verdict verdict = ledger(true).compare(log);
    assertThat(verdict.problems()).isEmpty();
    assertThat(verdict.copies()).isEqualTo(1);
  }

  @Test
  void noticesWrongOrderAndAKeyInTwoPartitions() {
    DemoLedger swapped = ledger(false);
    swapped.note(0, at(0, 1, false), null);
    swapped.note(2, at(0, 0, false), null);
    assertThat(swapped.compare(log()).problems()).anyMatch(p -> p.startsWith("ORDER: event 3"));
    DemoLedger spread = ledger(false);
    spread.note(2, at(1, 5, false), null);
    assertThat(spread.compare(log()).problems()).contains("a key is in two partitions: k0");
  }

  @Test
  void noticesWhatWasNeverAcknowledged() {
    DemoLedger ledger = new DemoLedger(EVENTS);
    assertThat(ledger.compare(log()).problems()).contains("event 1 was not acknowledged");
  }
}
