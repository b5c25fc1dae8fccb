// SPDX-License-Identifier: Apache-2.0
package dev.almadia.simulation.check;

import dev.almadia.raft.core.Entry;
import dev.almadia.raft.core.EntryId;
import dev.almadia.raft.core.EntryKind;
import dev.almadia.raft.core.config.GroupConfig;
import dev.almadia.raft.core.config.GroupConfigCodec;
import dev.almadia.raft.core.config.ReplicaId;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Everything that was ever true of one group: each payload by (term, index), who has it on disk,
 * which entries are committed, who led when, who voted for whom. Maps are only asked by key, so
 * their order decides nothing.
 */
final class GroupLedger {
  /** An entry that some broker made, and its fate. */
  static final class Known {
    final int crc32c;
    final long prevTerm;
    final long nextOffset;

    /** Replicas that have it on disk, one bit each; and those that have synced it. */
    long written;

    long synced;

    Known(int crc32c, long prevTerm, long nextOffset) {
      this.crc32c = crc32c;
      this.prevTerm = prevTerm;
      this.nextOffset = nextOffset;
    }
  }

  private static final int TERM_SHIFT = 40;

  final long groupId;
  final Map<Long, Integer> leaders = new HashMap<>();
  final Map<Ballot, Integer> votes = new HashMap<>();

  /** A replica in a term. */
  record Ballot(long term, int replicaId) {}

  private static final int REPLICAS_MAX = 63;

  /** Each replica's bit. */
  private final Map<Integer, Long> bits = new HashMap<>();

  /** The newest configuration that is known to be committed, and its index; none before. */
  GroupConfig committedConfig = GroupConfig.UNKNOWN;

  long committedConfigIndex = -1;

  /** The configuration that some leader appended last: the one of the highest term and index. */
  GroupConfig newestConfig = GroupConfig.UNKNOWN;

  private EntryId newestConfigId = EntryId.ZERO;
  private final Map<Long, Known> known = new HashMap<>();

  /** Term of the entry that the leader of a term has at an index, as far as it has sent it. */
  private final Map<LeaderIndex, Long> sent = new HashMap<>();

  private record LeaderIndex(long leaderTerm, long index) {}

  private long[] committedTerms = new long[64];
  private long[] committedNextOffsets = new long[64];
  private int committed;

  GroupLedger(long groupId) {
    this.groupId = groupId;
  }

  private static long key(long term, long index) {
    return (term << TERM_SHIFT) | index;
  }

  /** The replica's bit. */
  long bit(int replicaId) {
    Long bit = bits.get(replicaId);
    if (bit == null) {
      if (bits.size() == REPLICAS_MAX) {
        throw new IllegalStateException("group " + groupId + " has had too many replicas");
      }
      bit = 1L << bits.size();
      bits.put(replicaId, bit);
    }
    return bit;
  }

  /** Who is in a mask, for people. */
  List<String> replicasIn(long mask) {
    TreeSet<Integer> in = new TreeSet<>();
    bits.forEach(
        (replica, bit) -> {
          if ((mask & bit) != 0) {
            in.add(replica);
          }
        });
    return in.stream().map(ReplicaId::show).toList();
  }

  /** Some replica shows this as committed. */
  void configCommitted(long index, GroupConfig config) {
    if (index > committedConfigIndex && !config.voters().isEmpty()) {
      committedConfigIndex = index;
      committedConfig = config;
    }
  }

  private void noteConfig(Entry entry) {
    boolean isNewer =
        entry.term() > newestConfigId.term()
            || (entry.term() == newestConfigId.term() && entry.index() > newestConfigId.index());
    if (entry.kind() == EntryKind.CONFIG && isNewer) {
      newestConfigId = entry.id();
      newestConfig = GroupConfigCodec.decode(entry.payload());
    }
  }

  @Nullable Known known(long term, long index) {
    return known.get(key(term, index));
  }

  /** The entry as first seen; this one, if it is the first. */
  Known meet(Entry entry, long prevTerm) {
    Known met = known.get(key(entry.term(), entry.index()));
    if (met == null) {
      met = new Known(entry.header().crc32c(), prevTerm, entry.nextOffset());
      known.put(key(entry.term(), entry.index()), met);
      noteConfig(entry);
    }
    return met;
  }

  /** The leader of this term sent that it has an entry of this term at the index. */
  void sent(long leaderTerm, long index, long entryTerm) {
    sent.put(new LeaderIndex(leaderTerm, index), entryTerm);
  }

  /** What it sent, null if nothing. */
  @Nullable Long sentBy(long leaderTerm, long index) {
    return sent.get(new LeaderIndex(leaderTerm, index));
  }

  /** Last committed index. */
  long committed() {
    return committed;
  }

  long committedTerm(long index) {
    return index == 0 ? 0 : committedTerms[(int) index - 1];
  }

  long committedNextOffset(long index) {
    return index == 0 ? 0 : committedNextOffsets[(int) index - 1];
  }

  /** The next index is committed with this entry. */
  void commit(Entry entry) {
    if (committed == committedTerms.length) {
      committedTerms = Arrays.copyOf(committedTerms, committed * 2);
      committedNextOffsets = Arrays.copyOf(committedNextOffsets, committed * 2);
    }
    committedTerms[committed] = entry.term();
    committedNextOffsets[committed] = entry.nextOffset();
    committed++;
  }

  /** Index of the committed entry that holds the record, 0 if it is not committed. */
  long indexOfOffset(long offset) {
    int low = 0;
    int high = committed;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (committedNextOffsets[middle] > offset) {
        high = middle;
      } else {
        low = middle + 1;
      }
    }
    return low == committed ? 0 : low + 1;
  }
}
