// SPDX-License-Identifier: Apache-2.0
package dev.almadia.raft.link;

/**
 * Who leads a group, told to all brokers so that one without a replica can route. The higher term
 * wins.
 *
 * @param leaderBrokerId 0 if the sender lost leadership in this term
 */
public record Leadership(long groupId, long term, int leaderBrokerId) {}
