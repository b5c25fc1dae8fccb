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
// The array is handed over, not copied: it is the payload on its way from the socket to the disk.
@SuppressWarnings("ArrayRecordComponent")
public record EntryDraft(EntryKind kind, long nextOffset, long maxTimestampMs, byte[] payload) {}
