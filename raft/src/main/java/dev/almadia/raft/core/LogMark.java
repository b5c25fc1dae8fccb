// SPDX-License-Identifier: Apache-2.0
package dev.almadia.raft.core;

/**
 * A position in the log of one leader. "Durable up to (term 5, index 90)" means: what the leader of
 * term 5 sent, up to index 90, is on disk. When a later leader has replaced the tail, the mark of
 * the earlier one proves nothing about it (bug classes 9 and 10).
 *
 * @param acceptedTerm term of the leader from whom the tail was accepted
 * @param index last index of that tail
 */
public record LogMark(long acceptedTerm, long index) {}
