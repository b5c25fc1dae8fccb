// SPDX-License-Identifier: Apache-2.0
package dev.almadia.raft.core;

/**
 * What a leader knows of a follower.
 *
 * @param brokerId broker that holds the follower
 * @param replicaId the follower
 * @param matchIndex durable there, as known
 * @param nextIndex next to be sent
 * @param state PROBE, REPLICATE or RESET
 * @param inflightMessages append requests not answered
 * @param active heard of within the last election timeout
 * @param lagBytes cost of the entries that it lacks, -1 if that is more than is in memory
 */
public record PeerStatus(
    int brokerId,
    int replicaId,
    long matchIndex,
    long nextIndex,
    String state,
    int inflightMessages,
    boolean active,
    long lagBytes) {}
