// SPDX-License-Identifier: Apache-2.0
package dev.almadia.raft.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.almadia.raft.core.log.LogStart;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class PendingStartsTest {
  private final PendingStarts pending = new PendingStarts();

  @Test
  void theFurthestOfAllThatAreDueIsTakenOnce() {
    add(10, 5);
    add(12, 3);
    add(15, 9);

    assertThat(pending.isDue(9)).isFalse();
    assertThat(pending.takeDue(9)).isNull();
    assertThat(pending.takeDue(12)).isEqualTo(start(5));
    assertThat(pending.takeDue(12)).isNull();
    assertThat(pending.takeDue(15)).isEqualTo(start(9));
    assertThat(pending.newestIndex()).isZero();
  }

  @Test
  void whatIsTruncatedIsNeverDue() {
    add(10, 5);
    add(12, 7);
    pending.truncateFrom(12);

    assertThat(pending.newestIndex()).isEqualTo(5);
    assertThat(pending.takeDue(100)).isEqualTo(start(5));
  }

  @Test
  void aStartIsReadAsItWasWritten() {
    LogStart start = new LogStart(new EntryId(3, Long.MAX_VALUE), 1L << 40, -1);

    assertThat(LogStart.decode(start.encode())).isEqualTo(start);
  }

  @Test
  void bytesOfAnotherLengthOrVersionAreRefused() {
    byte[] bytes = start(5).encode();
    byte[] newer = bytes.clone();
    newer[3]++;

    assertThat(LogStart.isValid(bytes)).isTrue();
    assertThat(LogStart.isValid(newer)).isFalse();
    assertThat(LogStart.isValid(Arrays.copyOf(bytes, bytes.length - 1))).isFalse();
    assertThatThrownBy(() -> LogStart.decode(newer)).isInstanceOf(IllegalArgumentException.class);
  }

  private void add(long entryIndex, long startIndex) {
    EntryDraft draft = new EntryDraft(EntryKind.LOG_START, 0, 0, start(startIndex).encode());
    pending.add(Entry.seal(1, new EntryId(1, entryIndex), draft));
  }

  private static LogStart start(long index) {
    return new LogStart(new EntryId(1, index), index * 10, 0);
  }
}
