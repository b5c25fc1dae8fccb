// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.core.recordid;

import dev.almadia.broker.core.record.RecordIds;
import java.util.ArrayDeque;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The record ids of a partition on one replica: what is applied, and, while it leads, what it
 * appended and has not applied yet. One thread.
 *
 * <p>As with producers: a leader that takes writes has applied everything up to the first entry of
 * its term, and all that is behind is its own. A verdict that rests on what is only appended is
 * true when that is committed, and is to be told then.
 */
public final class PartitionRecordIds {
  /** An entry that is appended and not applied: how many ids it has, and what holds behind it. */
  private record Pending(int ids, DedupSetting setting, long timeMs) {}

  /**
   * What a leader judges.
   *
   * @param ids of the batch
   * @param recordCount its number of records
   * @param isJudged false if its producer numbers its records: then sequences say what is there,
   *     and the ids are only to be remembered
   */
  public record Asked(RecordIds ids, int recordCount, boolean isJudged) {}

  /**
   * What a leader goes by.
   *
   * @param setting the topic's, as far as this broker has heard
   * @param nowMs its clock, milliseconds since 1970
   * @param idsMax how many ids the partition may remember
   */
  public record Terms(DedupSetting setting, long nowMs, int idsMax) {}

  private final RecordIdIndex index = new RecordIdIndex();
  private final IdRing ahead = new IdRing();
  private final ArrayDeque<Pending> pending = new ArrayDeque<>();

  /** Term in which all of that was appended. */
  private long term;

  /** What the leader of a term says to a batch. */
  public IdVerdict judge(long leaderTerm, Asked asked, Terms terms) {
    enterTerm(leaderTerm);
    DedupSetting setting = setting().newest(terms.setting());
    if (!setting.isOn()) {
      return new IdVerdict.Append();
    }
    RecordIds ids = asked.ids();
    if (!ids.isRead()) {
      return new IdVerdict.Unread();
    }
    // What is from then or before is not known any more.
    long forgottenMs = Math.max(terms.nowMs(), timeMs()) - setting.windowMs();
    if (asked.isJudged()) {
      Originals originals = originals(asked, forgottenMs);
      if (originals != null) {
        return new IdVerdict.Known(originals);
      }
    }
    int held = index.ring().size() + ahead.size();
    if (ids.size() > 0 && held + (long) ids.size() > terms.idsMax()) {
      int gone = index.ring().countUpTo(forgottenMs) + ahead.countUpTo(forgottenMs);
      if (held - gone + (long) ids.size() > terms.idsMax()) {
        return new IdVerdict.Full(setting.windowMs(), oldestMs(gone));
      }
    }
    return new IdVerdict.Append();
  }

  private void enterTerm(long leaderTerm) {
    if (leaderTerm != term) {
      forgetAppended();
      term = leaderTerm;
    }
  }

  /** Of the last entry. */
  private DedupSetting setting() {
    return pending.isEmpty() ? index.setting() : pending.getLast().setting();
  }

  /** Of the last entry. */
  private long timeMs() {
    return pending.isEmpty() ? index.timeMs() : pending.getLast().timeMs();
  }

  private long oldestMs(int gone) {
    IdRing ring = index.ring();
    if (gone < ring.size()) {
      return ring.timeMs(ring.place(gone));
    }
    int goneAhead = gone - ring.size();
    return goneAhead < ahead.size() ? ahead.timeMs(ahead.place(goneAhead)) : -1;
  }

  /** Null if no record is known. */
  private @Nullable Originals originals(Asked asked, long forgottenMs) {
    RecordIds ids = asked.ids();
    long[] places = null;
    for (int id = 0; id < ids.size(); id++) {
      long original = original(ids.high(id), ids.low(id), forgottenMs);
      int first = ids.firstOf(id);
      if (original < 0 && first == id) {
        continue;
      }
      if (places == null) {
        places = new long[asked.recordCount()];
        Arrays.fill(places, Originals.NEW);
      }
      places[ids.position(id)] = original >= 0 ? original : -1L - ids.position(first);
    }
    return places == null ? null : new Originals(places);
  }

  private long original(long high, long low, long forgottenMs) {
    int place = ahead.find(high, low);
    IdRing ring = ahead;
    if (place == IdRing.NONE) {
      ring = index.ring();
      place = ring.find(high, low);
    }
    return place == IdRing.NONE || ring.timeMs(place) <= forgottenMs ? -1 : ring.offset(place);
  }

  /**
   * What the entry of a batch is to say of its ids; null if nothing. To be asked after {@link
   * #judge}, in the same term.
   */
  public @Nullable RecordIdStamp stamp(RecordIds ids, DedupSetting known) {
    DedupSetting before = setting();
    DedupSetting setting = before.newest(known);
    if (setting.isOn()) {
      return new RecordIdStamp(setting, ids);
    }
    // One entry ends what was remembered; those behind it need not say so again.
    return before.isOn() ? new RecordIdStamp(setting, RecordIds.NONE) : null;
  }

  /**
   * The leader appends an entry with a stamp.
   *
   * @return to be given to {@link #takeBack} should the log not take it
   */
  public int appended(RecordIdStamp stamp, long firstOffset, long appendMs) {
    int place = pending.size();
    long timeMs = Math.max(timeMs(), appendMs);
    RecordIds ids = stamp.ids();
    for (int id = 0; id < ids.size(); id++) {
      ahead.add(ids.high(id), ids.low(id), firstOffset + ids.position(id), timeMs);
    }
    pending.addLast(new Pending(ids.size(), setting().newest(stamp.setting()), timeMs));
    return place;
  }

  /**
   * The log did not take what was appended from this place on. To be called before anything else is
   * asked, once for each or for the first of them.
   *
   * @param leaderTerm term in which it was to be appended
   */
  public void takeBack(long leaderTerm, int place) {
    if (leaderTerm != term) {
      return;
    }
    int ids = 0;
    while (pending.size() > place) {
      ids += pending.removeLast().ids();
    }
    ahead.dropNewest(ids);
  }

  /** The leadership ended. */
  public void forgetAppended() {
    ahead.clear();
    pending.clear();
    term = 0;
  }

  /** An entry of this term with a stamp is committed. */
  public void apply(long entryTerm, RecordIdStamp stamp, long firstOffset, long appendMs) {
    index.apply(stamp, firstOffset, appendMs);
    if (entryTerm != term || pending.isEmpty()) {
      return;
    }
    Pending first = pending.removeFirst();
    if (first.ids() != stamp.ids().size()) {
      throw new IllegalStateException(
          "applied " + stamp.ids().size() + " record ids, appended were " + first.ids());
    }
    ahead.dropOldest(first.ids());
  }

  /** Number of ids that are applied. */
  public int size() {
    return index.ring().size();
  }

  /** What is applied, as bytes; none for a partition that never heard of ids. */
  public byte[] checkpoint() {
    return RecordIdCodec.encode(index);
  }

  /** Whether {@link #restore} can read these. */
  public static boolean canRestore(byte[] bytes, int from) {
    return RecordIdCodec.decode(bytes, from, new RecordIdIndex());
  }

  /**
   * Takes what {@link #checkpoint} gave.
   *
   * @param from where it begins; it goes to the end
   */
  public void restore(byte[] bytes, int from) {
    forgetAppended();
    if (!RecordIdCodec.decode(bytes, from, index)) {
      throw new IllegalStateException("no record ids in " + bytes.length + " bytes");
    }
  }
}
