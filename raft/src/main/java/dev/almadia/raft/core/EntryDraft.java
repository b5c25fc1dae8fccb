// SPDX-License-Identifier: Apache-2.0
package dev.almadia.raft.core;

/**
 * An entry that has no place yet.
 *
 * @param kind what it is for
 * @param nextOffset record offset after it, at least the log's present one
 * @param maxTimestampMs highest record timestamp up to and with it, at least the log's present one
 * @param payload content, not to be changed any more
 */
public record EntryDraft(EntryKind kind, long nextOffset, long maxTimestampMs, byte[] payload) {}
