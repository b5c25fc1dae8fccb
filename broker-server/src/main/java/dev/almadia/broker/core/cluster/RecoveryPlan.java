// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.core.cluster;

import dev.almadia.broker.core.metadata.MetadataImage;
import dev.almadia.broker.core.metadata.MetadataImage.PartitionOfTopic;
import dev.almadia.raft.core.config.GroupConfig;
import dev.almadia.raft.core.config.ReplicaId;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.NavigableMap;
import java.util.NavigableSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * What unsafe recovery would do and lose: for each group without a quorum, the replica with the
 * greatest last entry goes on, and with it all others that are left. Everything that was committed
 * is in the log of some member of each quorum, and what is lost with the others is what this one
 * has not got. Pure; made from what the brokers that are left say of their replicas.
 *
 * @param groups by group id; the metadata group first
 * @param confirm text that fits this plan alone
 */
public record RecoveryPlan(List<Group> groups, String confirm) {
  private static final int HASH_CHARS = 12;

  /** Copies the list. */
  public RecoveryPlan {
    groups = List.copyOf(groups);
  }

  /**
   * A replica as its broker describes it.
   *
   * @param replicaId the replica
   * @param config members that it knows; without voters if it never heard of its group
   * @param lastTerm term of its last entry
   * @param lastIndex index of that
   * @param endOffset record offset after that
   */
  public record Seen(
      int replicaId, GroupConfig config, long lastTerm, long lastIndex, long endOffset) {
    int brokerId() {
      return ReplicaId.broker(replicaId);
    }
  }

  /**
   * A group without a quorum.
   *
   * @param groupId the group
   * @param survivor the replica that is to lead; null if none is left
   * @param voters replica ids that go on; empty if none is left
   * @param loss what may be lost, one line for people
   */
  public record Group(long groupId, @Nullable Seen survivor, List<Integer> voters, String loss) {
    /** Copies the list. */
    public Group {
      voters = List.copyOf(voters);
    }
  }

  /**
   * The plan.
   *
   * @param lost brokers that are lost for good
   * @param seen by group: healthy replicas on brokers that are not lost, each of which has answered
   */
  public static RecoveryPlan of(
      MetadataImage image, NavigableSet<Integer> lost, NavigableMap<Long, List<Seen>> seen) {
    NavigableMap<Long, Group> groups = new TreeMap<>();
    for (var entry : seen.entrySet()) {
      long groupId = entry.getKey();
      boolean isKnown =
          groupId == MetadataImage.METADATA_GROUP || image.partitionOf(groupId) != null;
      Group group = isKnown ? groupOf(groupId, entry.getValue()) : null;
      if (group != null) {
        groups.put(groupId, group);
      }
    }
    for (PartitionOfTopic placed : image.partitionsByGroup().values()) {
      long groupId = placed.partition().groupId();
      boolean hasNone = seen.getOrDefault(groupId, List.of()).isEmpty();
      if (hasNone && lost.containsAll(placed.partition().replicas())) {
        String loss =
            "all its records: no replica is left besides those on brokers "
                + placed.partition().replicas()
                + "; it stays without a leader, delete its topic";
        groups.put(groupId, new Group(groupId, null, List.of(), loss));
      }
    }
    return new RecoveryPlan(List.copyOf(groups.values()), confirm(lost, groups));
  }

  private static @Nullable Group groupOf(long groupId, List<Seen> seen) {
    Seen best =
        seen.stream()
            .filter(one -> one.config().has(one.replicaId()))
            .max(
                Comparator.comparingLong(Seen::lastTerm)
                    .thenComparingLong(Seen::lastIndex)
                    .thenComparingInt(one -> -one.replicaId()))
            .orElse(null);
    if (best == null) {
      return null;
    }
    NavigableSet<Integer> there = new TreeSet<>();
    seen.forEach(one -> there.add(one.replicaId()));
    if (hasQuorum(best.config().voters(), there) && hasQuorum(best.config().outgoing(), there)) {
      return null;
    }
    List<Integer> voters = new ArrayList<>(there);
    voters.removeIf(id -> !best.config().has(id));
    return new Group(groupId, best, voters, lossOf(best, voters));
  }

  private static boolean hasQuorum(List<Integer> members, NavigableSet<Integer> there) {
    long count = members.stream().filter(there::contains).count();
    return members.isEmpty() || count * 2 > members.size();
  }

  private static String lossOf(Seen best, List<Integer> voters) {
    NavigableSet<Integer> gone = new TreeSet<>();
    for (int member : best.config().voters()) {
      if (!voters.contains(member)) {
        gone.add(ReplicaId.broker(member));
      }
    }
    for (int member : best.config().outgoing()) {
      if (!voters.contains(member)) {
        gone.add(ReplicaId.broker(member));
      }
    }
    return "what brokers "
        + gone
        + " have acknowledged and broker "
        + best.brokerId()
        + " has not got: anything after index "
        + best.lastIndex()
        + " of term "
        + best.lastTerm();
  }

  /** Fits these brokers, these survivors and these ends of their logs, and nothing else. */
  private static String confirm(NavigableSet<Integer> lost, NavigableMap<Long, Group> groups) {
    StringBuilder all = new StringBuilder(lost.toString());
    for (Group group : groups.values()) {
      Seen survivor = group.survivor();
      all.append('|').append(group.groupId()).append(group.voters());
      if (survivor != null) {
        all.append(survivor.replicaId())
            .append('/')
            .append(survivor.lastTerm())
            .append('/')
            .append(survivor.lastIndex());
      }
    }
    StringBuilder text = new StringBuilder("lose");
    lost.forEach(id -> text.append('-').append(id));
    return text.append('-').append(hash(all.toString())).toString();
  }

  private static String hash(String text) {
    try {
      byte[] digest =
          MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(digest).substring(0, HASH_CHARS);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }
}
