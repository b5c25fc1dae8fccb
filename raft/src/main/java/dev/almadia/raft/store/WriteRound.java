// SPDX-License-Identifier: Apache-2.0
package dev.almadia.raft.store;

import java.util.List;

/**
 * One atomic write of many groups.
 *
 * @param number rounds are numbered without gaps within one life of the process; the store writes
 *     its own ever-growing number with each, so that a scan of its write-ahead log can tell a torn
 *     last round from damage
 * @param groups at most one per group
 * @param sync whether the round must be on stable storage when the write returns
 */
public record WriteRound(long number, List<GroupWrite> groups, boolean sync) {}
