// SPDX-License-Identifier: Apache-2.0
package dev.almadia.raft.core.log;

/**
 * A run of entries of one term.
 *
 * @param startIndex index of its first entry
 * @param term their term
 */
public record TermRun(long startIndex, long term) {}
