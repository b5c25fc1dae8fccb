// SPDX-License-Identifier: Apache-2.0
package dev.almadia.history.check;

/** Names of what can be wrong, each with the guarantee that it breaks. */
public enum Rule {
  /** Acknowledged and not there in the end. */
  LOST_WRITE("lost write", "G1"),
  /** Acknowledged and not delivered to a subscription that had time for it. */
  UNSEEN("unseen", "G1"),
  /** Two answers give different values for one offset. */
  INCONSISTENT_OFFSETS("inconsistent offsets", "G2"),
  /** Records of one request are not together, not in order, or not all there. */
  SPLIT_REQUEST("split request", "G2"),
  /** Sent after another was known to be in, and stored before it. */
  NON_MONOTONIC_APPEND("non-monotonic append", "G2"),
  /** Brokers store different records at one offset. */
  REPLICAS_DIFFER("replicas differ", "G2"),
  /** A value of another incarnation of the topic. */
  OLD_LIFE("old life", "G2"),
  /** A hole between offsets. */
  GAP("gap", "G3"),
  /** A value that nobody sent there, or not yet. */
  PHANTOM("phantom", "G4"),
  /** Read and then gone or changed. */
  DIRTY_READ("dirty read", "G4"),
  /** A session got offsets again without asking. */
  NON_MONOTONIC_POLL("non-monotonic poll", "G4"),
  /** A session did not get records that are there. */
  INT_POLL_SKIP("int-poll-skip", "G4"),
  /** High watermark or log start of a session fell. */
  WATERMARK_REGRESS("watermark regress", "G4"),
  /** The end does not cover what was known before the question. */
  STALE_LATEST("stale latest", "G5"),
  /** The end covers what was never there. */
  LATEST_TOO_HIGH("latest too high", "G5"),
  /** Not the first record at or after the time. */
  WRONG_TIME_LOOKUP("wrong time lookup", "G5"),
  /** More copies than the sender can have caused. */
  DUPLICATE("duplicate", "G6"),
  /** Said not to be applied, and it is there. */
  WRONG_NOT_APPLIED("wrong NOT_APPLIED", "G7"),
  /** Records were lost to a reader that was not told, or told a wrong number. */
  SILENT_JUMP("silent jump", "G10"),
  /** Bytes that no writer made. */
  CHANGED_BYTES("changed bytes", "G13");

  private final String title;
  private final String guarantee;

  Rule(String title, String guarantee) {
    this.title = title;
    this.guarantee = guarantee;
  }

  /** Its name in reports. */
  public String title() {
    return title;
  }

  /** The guarantee that it breaks. */
  public String guarantee() {
    return guarantee;
  }
}
