// SPDX-License-Identifier: Apache-2.0
package dev.almadia.raft.core.config;

import dev.almadia.raft.core.Invariant;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntPredicate;
import java.util.function.IntToLongFunction;
import java.util.function.IntUnaryOperator;

/**
 * What a configuration makes of its members' numbers and votes. While it is joint, everything must
 * hold in both halves (Raft thesis, 4.3). Learners count nowhere (bug class 25). Allocates nothing
 * after construction; owner thread only, because of its scratch space.
 */
public final class QuorumMath {
  /** Outcome of a vote. */
  public enum VoteResult {
    /** Open. */
    PENDING,
    /** A quorum said yes. */
    WON,
    /** No quorum can say yes any more. */
    LOST
  }

  private final int[] voters;
  private final int[] outgoing;
  private final long[] scratch;

  /**
   * The algebra of this configuration. Without voters, as in {@link GroupConfig#UNKNOWN}, nothing
   * is reached and nothing can be won.
   */
  public QuorumMath(GroupConfig config) {
    Invariant.check(
        !config.voters().isEmpty() || config.outgoing().isEmpty(), "only outgoing voters");
    voters = toArray(config.voters());
    outgoing = toArray(config.outgoing());
    scratch = new long[Math.max(voters.length, outgoing.length)];
  }

  /** Whether the replica votes, in either half. */
  public boolean isVoter(int replicaId) {
    return contains(voters, replicaId) || contains(outgoing, replicaId);
  }

  /** The highest number that a quorum has reached. */
  public long reachedByQuorum(IntToLongFunction numberOf) {
    return voters.length == 0
        ? Long.MIN_VALUE
        : Math.min(reachedIn(voters, numberOf), reachedIn(outgoing, numberOf));
  }

  /** Whether these replicas are a quorum. */
  public boolean isQuorum(IntPredicate members) {
    return voters.length > 0 && hasMajority(voters, members) && hasMajority(outgoing, members);
  }

  /**
   * Counts a vote.
   *
   * @param voteOf above 0 for yes, below 0 for no, 0 for no answer
   */
  public VoteResult voteResult(IntUnaryOperator voteOf) {
    VoteResult inVoters = voters.length == 0 ? VoteResult.LOST : voteIn(voters, voteOf);
    VoteResult inOutgoing = voteIn(outgoing, voteOf);
    if (inVoters == VoteResult.LOST || inOutgoing == VoteResult.LOST) {
      return VoteResult.LOST;
    }
    return inVoters == VoteResult.WON ? inOutgoing : inVoters;
  }

  private long reachedIn(int[] half, IntToLongFunction numberOf) {
    if (half.length == 0) {
      return Long.MAX_VALUE;
    }
    for (int i = 0; i < half.length; i++) {
      scratch[i] = numberOf.applyAsLong(half[i]);
    }
    Arrays.sort(scratch, 0, half.length);
    // Ascending: of 3 the one at 1 is reached by 2 members, of 4 the one at 1 by 3.
    return scratch[(half.length - 1) / 2];
  }

  private static boolean hasMajority(int[] half, IntPredicate members) {
    int in = 0;
    for (int replica : half) {
      in += members.test(replica) ? 1 : 0;
    }
    return half.length == 0 || in > half.length / 2;
  }

  private static VoteResult voteIn(int[] half, IntUnaryOperator voteOf) {
    int yes = 0;
    int no = 0;
    for (int replica : half) {
      int vote = voteOf.applyAsInt(replica);
      yes += vote > 0 ? 1 : 0;
      no += vote < 0 ? 1 : 0;
    }
    int majority = half.length / 2 + 1;
    if (half.length == 0 || yes >= majority) {
      return VoteResult.WON;
    }
    return half.length - no >= majority ? VoteResult.PENDING : VoteResult.LOST;
  }

  private static boolean contains(int[] half, int replicaId) {
    for (int replica : half) {
      if (replica == replicaId) {
        return true;
      }
    }
    return false;
  }

  private static int[] toArray(List<Integer> replicas) {
    int[] array = new int[replicas.size()];
    for (int i = 0; i < array.length; i++) {
      array[i] = replicas.get(i);
    }
    return array;
  }
}
