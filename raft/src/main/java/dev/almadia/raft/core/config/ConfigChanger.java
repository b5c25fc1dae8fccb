// SPDX-License-Identifier: Apache-2.0
package dev.almadia.raft.core.config;

import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/**
 * The next step from the configuration in force towards a target. Pure: it knows nothing of logs
 * beyond what it is told.
 *
 * <pre>
 *   {1,2,3}  --learners-->  {1,2,3} +4  --caught up-->  {1,2,4} and {1,2,3}  --committed-->  {1,2,4}
 *                                                          \--target is another one--->  {1,2,3}
 * </pre>
 *
 * <p><b>Why no two leaders can decide apart.</b> Let c be the newest committed configuration.
 *
 * <ul>
 *   <li>c is simple. What may follow it has the same voters (only learners differ) or is joint with
 *       outgoing = c.voters. Every quorum of each of these holds a majority of c.voters, so any two
 *       meet, whoever made them, and also those of the way back from a joint one that is not
 *       committed, which is c.voters again.
 *   <li>c is joint. What may follow is its voters or its outgoing, and majorities of these need not
 *       meet. But each follows only from a leader that has committed an entry of its own term t in
 *       c, so a majority of both halves is in term t or later and has an entry of term t. A leader
 *       of an earlier term, holding the other one, gets no majority any more, neither for its
 *       entries (term) nor for a new election (log) (bug class 12). Of two leaders the later one is
 *       right.
 *   <li>The way back from a joint configuration whose entry is not committed, too, is only for a
 *       leader that has committed in its own term. Then it made that entry itself, in its own term,
 *       and as nobody else can know it committed before having committed in a later term, nobody
 *       has left it forward. A leader that inherited the entry must not go back: the leader before
 *       it may have committed it and left it forward, and a replica that has that last entry can be
 *       elected by the voters alone while this one commits with the outgoing alone.
 * </ul>
 *
 * <p>What a leader must see to besides: one change at a time, each appended only when the one
 * before is committed, the way back excepted.
 */
public final class ConfigChanger {
  private ConfigChanger() {}

  /**
   * The next configuration, or null if nothing can be done now.
   *
   * @param config in force, of a leader that has committed an entry of its own term
   * @param isCommitted whether the entry of {@code config} is committed
   * @param target an older one than the configuration's is ignored, and one with barred replicas
   * @param isCaughtUp whether a member is heard and lacks so little that it may vote; the leader
   *     itself is
   */
  public static @Nullable GroupConfig next(
      GroupConfig config, boolean isCommitted, MemberTarget target, IntPredicate isCaughtUp) {
    if (target.version() < config.targetVersion()
        || config.isAt(target)
        || wantsBarred(target, config)) {
      return null;
    }
    if (config.isJoint()) {
      return leave(config, isCommitted, target);
    }
    if (!isCommitted) {
      return null;
    }
    List<Integer> missing = without(target.voters(), config.voters());
    List<Integer> learners = without(union(target.learners(), missing), config.voters());
    boolean isSameVoters = config.voters().equals(target.voters());
    if (isSameVoters || !config.learners().equals(learners)) {
      return next(config, target, config.voters(), List.of(), learners);
    }
    if (!missing.stream().allMatch(isCaughtUp::test)
        || 2 * target.voters().stream().filter(isCaughtUp::test).count()
            <= target.voters().size()) {
      // Without a majority of the new voters the joint one would never be committed, and as it also
      // needs the old ones the group would stand still.
      return null;
    }
    List<Integer> others = without(config.learners(), target.voters());
    return next(config, target, target.voters(), config.voters(), others);
  }

  /** Who was demoted stays on as learner at once if that is wanted: its progress is kept. */
  private static @Nullable GroupConfig leave(
      GroupConfig config, boolean isCommitted, MemberTarget target) {
    List<Integer> voters;
    if (target.voters().equals(config.outgoing())) {
      voters = config.outgoing();
    } else if (isCommitted) {
      voters = config.voters();
    } else if (!target.voters().equals(config.voters())) {
      // Nobody wants to go there any more, and it may be lost for good who would have to agree.
      voters = config.outgoing();
    } else {
      return null;
    }
    List<Integer> others = without(union(config.voters(), config.outgoing()), voters);
    List<Integer> demoted = new ArrayList<>(target.learners());
    demoted.retainAll(others);
    return next(config, target, voters, List.of(), union(config.learners(), demoted));
  }

  /** Whoever is barred stays so. */
  private static GroupConfig next(
      GroupConfig before,
      MemberTarget target,
      List<Integer> voters,
      List<Integer> outgoing,
      List<Integer> learners) {
    return new GroupConfig(voters, outgoing, learners, target.version(), before.barred());
  }

  private static boolean wantsBarred(MemberTarget target, GroupConfig config) {
    return config.barred().stream()
        .anyMatch(id -> target.voters().contains(id) || target.learners().contains(id));
  }

  private static List<Integer> union(List<Integer> one, List<Integer> other) {
    TreeSet<Integer> all = new TreeSet<>(one);
    all.addAll(other);
    return List.copyOf(all);
  }

  private static List<Integer> without(List<Integer> some, List<Integer> others) {
    List<Integer> left = new ArrayList<>(some);
    left.removeAll(others);
    return left;
  }
}
