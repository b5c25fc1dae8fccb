// SPDX-License-Identifier: Apache-2.0
package dev.almadia.storage;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Decides from the rounds found in the write-ahead log what may be cut off and what is damage.
 *
 * <p>Rounds are numbered without gaps. Those up to {@code flushed} are in table files, so the log
 * must go on with {@code flushed + 1}. The trail follows it as far as there is no gap; call the
 * last one L. Two witnesses say which rounds were on stable storage: each round names the last
 * synced one before it, and so does the synced mark. If the highest of them is above L, then round
 * L + 1 was synced and is not there: damage, whatever has happened to it (a flipped bit, a cut at a
 * round's border, a deleted or emptied file). Otherwise all behind L was never synced: the torn
 * end, which nobody was told of.
 *
 * <p>Example, flushed 10. Found 11 12 (bad) 14, and 14 says "synced up to 12": 13 was a write that
 * the crash tore, 14 reached the disk before it; cut behind 12. If 14 says "synced up to 13":
 * damage.
 */
final class RoundTrail {
  /** The end of what is sound. */
  record End(Path file, long endByte) {}

  private final long flushedRound;
  private final long markedRound;
  private long neededRound;
  private long stampedRound;
  private @Nullable End end;
  private @Nullable String firstBad;
  private boolean gap;

  RoundTrail(long flushedRound, long markedRound) {
    this.flushedRound = flushedRound;
    this.markedRound = markedRound;
    this.neededRound = flushedRound + 1;
  }

  /** The rounds of one file, in order; files in order of their numbers. */
  WalRecords.Sink of(Path file) {
    return new WalRecords.Sink() {
      @Override
      public void onRound(RoundStamp stamp, long startByte, long endByte) {
        RoundTrail.this.onRound(stamp, file, startByte, endByte);
      }

      @Override
      public void onBad(long startByte, String what) {
        noteBad(file + " has at byte " + startByte + " " + what);
      }
    };
  }

  private void noteBad(String what) {
    if (firstBad == null) {
      firstBad = what;
    }
  }

  private void onRound(RoundStamp stamp, Path file, long startByte, long endByte) {
    stampedRound = Math.max(stampedRound, stamp.syncedRound());
    if (gap) {
      return;
    }
    if (stamp.round() > neededRound) {
      gap = true;
      noteBad(file + " has at byte " + startByte + " round " + stamp.round());
      return;
    }
    // A round that is in the tables already may be found in a file that was about to be deleted.
    if (stamp.round() == neededRound) {
      neededRound++;
    }
    end = new End(file, endByte);
    firstBad = null;
  }

  /** The last round that is there with all before it. */
  long lastRound() {
    return neededRound - 1;
  }

  /** The last round that is known to have been synced. */
  long syncedRound() {
    return Math.max(Math.max(stampedRound, markedRound), flushedRound);
  }

  /** Where the last sound round ends; null if no file holds one. */
  @Nullable End end() {
    return end;
  }

  /** What is wrong with synced rounds, null if nothing. */
  @Nullable String damage() {
    if (syncedRound() < neededRound) {
      return null;
    }
    String place = firstBad == null ? "no file of the write-ahead log holds it" : firstBad;
    return "round "
        + neededRound
        + " is not there although all up to "
        + syncedRound()
        + " were synced: "
        + place;
  }
}
