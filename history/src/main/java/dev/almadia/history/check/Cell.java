// SPDX-License-Identifier: Apache-2.0
package dev.almadia.history.check;

import dev.almadia.history.Call;
import dev.almadia.history.Seen;
import dev.almadia.history.Value;
import org.jspecify.annotations.Nullable;

/** What is known of one offset of one partition. Filled by {@link PartitionEvidence} only. */
final class Cell {
  final long offset;
  @Nullable Sighting acked;
  @Nullable Sighting read;
  @Nullable Sighting kept;
  @Nullable Sighting replica;

  /** The request that the settled value came with, if there is one. */
  @Nullable Sent sent;

  long timestampMillis = Seen.NO_TIME;

  /** When a client first knew, by an answer, that something is here. */
  long knownNanos = Call.NEVER;

  Cell(long offset) {
    this.offset = offset;
  }

  /** The best word on what is here: the final read, else a read, else an acknowledgement. */
  @Nullable Value settled() {
    Sighting best = kept != null ? kept : read != null ? read : acked;
    return best == null ? null : best.value();
  }
}
