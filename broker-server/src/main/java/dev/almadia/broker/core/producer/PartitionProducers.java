// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.core.producer;

import dev.almadia.broker.core.producer.Verdict.Refusal;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The producers of a partition on one replica: the table of what is applied, and, while it leads,
 * what it appended and has not applied yet. One thread.
 *
 * <p>A leader that takes writes has applied everything up to the first entry of its term, and all
 * that is behind is its own; so the two together say what its log will say. A verdict that rests on
 * what is only appended is true when that is committed, and is to be told then. When the leadership
 * ends nobody knows what becomes of it: it is forgotten, and the table learns what is committed.
 */
public final class PartitionProducers {
  /** Something appended, and what was known before it beside the table: null for nothing. */
  private record Pending(String producerId, @Nullable Ahead before) {}

  /** A state with all that is appended, and how many entries of the producer that is. */
  private record Ahead(ProducerState state, int entries) {}

  private final ProducerTable table;

  /** Producers that have something pending. */
  private final Map<String, Ahead> ahead = new HashMap<>();

  /** In the order of the log. */
  private final ArrayDeque<Pending> pending = new ArrayDeque<>();

  /** Lasting producers with something pending that the table does not have. */
  private int newAhead;

  /** Term in which all of that was appended. */
  private long term;

  /** Nothing is known yet. */
  public PartitionProducers() {
    this(ProducerTable.TRANSIENT_MAX);
  }

  PartitionProducers(int transientMax) {
    table = new ProducerTable(transientMax);
  }

  /** What the leader of a term says to a write. */
  public Verdict judge(long leaderTerm, ProducerWrite write, int producersMax) {
    enterTerm(leaderTerm);
    Verdict verdict = ProducerRules.judge(state(write.producerId()), write);
    return limited(verdict, write.producerId(), producersMax);
  }

  /** What the leader of a term says to an opening. */
  public Verdict judgeOpening(
      long leaderTerm, String producerId, long epoch, long session, int producersMax) {
    enterTerm(leaderTerm);
    Verdict verdict = ProducerRules.judgeOpening(state(producerId), epoch, session);
    return limited(verdict, producerId, producersMax);
  }

  private Verdict limited(Verdict verdict, String producerId, int producersMax) {
    boolean isNew = isNewLasting(producerId) && !ahead.containsKey(producerId);
    return verdict instanceof Verdict.Append
            && isNew
            && table.lastingSize() + newAhead >= producersMax
        ? new Verdict.Refused(Refusal.LIMIT, ProducerState.NEW)
        : verdict;
  }

  /** Transient ones are not counted: the table makes room for them itself. */
  private boolean isNewLasting(String producerId) {
    return !ProducerTable.isTransient(producerId) && !table.has(producerId);
  }

  private void enterTerm(long leaderTerm) {
    if (leaderTerm != term) {
      forgetAppended();
      term = leaderTerm;
    }
  }

  private ProducerState state(String producerId) {
    Ahead known = ahead.get(producerId);
    return known == null ? table.state(producerId) : known.state();
  }

  /**
   * The leader appends records of a producer.
   *
   * @return to be given to {@link #takeBack} should the log not take them
   */
  public int appended(ProducerStamp stamp, long firstOffset, long appendMs) {
    String id = stamp.producerId();
    return push(id, state(id).appended(stamp, firstOffset, appendMs));
  }

  /** The leader appends an opening. */
  public int opened(String producerId, long epoch, long session) {
    return push(producerId, state(producerId).opened(epoch, session));
  }

  private int push(String producerId, ProducerState after) {
    int place = pending.size();
    Ahead before = ahead.get(producerId);
    ahead.put(producerId, new Ahead(after, before == null ? 1 : before.entries() + 1));
    if (before == null && isNewLasting(producerId)) {
      newAhead++;
    }
    pending.addLast(new Pending(producerId, before));
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
    while (pending.size() > place) {
      Pending last = pending.removeLast();
      Ahead before = last.before();
      if (before != null) {
        ahead.put(last.producerId(), before);
      } else {
        ahead.remove(last.producerId());
        newAhead -= isNewLasting(last.producerId()) ? 1 : 0;
      }
    }
  }

  /** The leadership ended. */
  public void forgetAppended() {
    ahead.clear();
    pending.clear();
    newAhead = 0;
    term = 0;
  }

  /** An entry of this term with records of a producer is committed. */
  public void apply(long entryTerm, ProducerStamp stamp, long firstOffset, long appendMs) {
    boolean wasNew = isNewLasting(stamp.producerId());
    table.append(stamp, firstOffset, appendMs);
    applied(entryTerm, stamp.producerId(), wasNew);
  }

  /** An entry of this term with an opening is committed. */
  public void applyOpening(long entryTerm, String producerId, long epoch, long session) {
    boolean wasNew = isNewLasting(producerId);
    table.open(producerId, epoch, session);
    applied(entryTerm, producerId, wasNew);
  }

  private void applied(long entryTerm, String producerId, boolean wasNew) {
    if (entryTerm != term || pending.isEmpty()) {
      return;
    }
    Pending first = pending.removeFirst();
    if (!first.producerId().equals(producerId)) {
      throw new IllegalStateException(
          "applied records of " + producerId + ", appended were those of " + first.producerId());
    }
    newAhead -= wasNew ? 1 : 0;
    Ahead left = ahead.get(producerId);
    if (left == null || left.entries() == 1) {
      ahead.remove(producerId);
    } else {
      ahead.put(producerId, new Ahead(left.state(), left.entries() - 1));
    }
  }

  /** Whether a producer is applied. */
  public boolean has(String producerId) {
    return table.has(producerId);
  }

  /** What is applied of a producer. */
  public ProducerState applied(String producerId) {
    return table.state(producerId);
  }

  /** The lowest names of producers that are applied, behind one, in the order of characters. */
  public List<String> idsAfter(String producerId, int limit) {
    return table.idsAfter(producerId, limit);
  }

  /** Number of producers that are applied. */
  public int size() {
    return table.size();
  }

  /** What is applied, as bytes. */
  public byte[] checkpoint() {
    return table.encode();
  }

  /** Whether {@link #restore} can read these. */
  public static boolean canRestore(byte[] state) {
    return ProducerTableCodec.decode(state) != null;
  }

  /** Takes what {@link #checkpoint} gave. */
  public void restore(byte[] state) {
    forgetAppended();
    table.replace(ProducerTableCodec.decode(state));
  }
}
