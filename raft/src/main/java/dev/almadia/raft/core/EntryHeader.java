// SPDX-License-Identifier: Apache-2.0
package dev.almadia.raft.core;

/**
 * An entry without its payload.
 *
 * @param index Raft index, from 1, without gaps
 * @param term term of the leader that made it, from 1
 * @param kind what it is for
 * @param nextOffset record offset after it; equal to that of the entry before unless it holds
 *     records
 * @param maxTimestampMs highest record timestamp up to and with this entry, milliseconds since
 *     1970; never below that of the entry before
 * @param payloadBytes size of the payload
 * @param crc32c checksum, see {@link Entry#checksum}
 */
public record EntryHeader(
    long index,
    long term,
    EntryKind kind,
    long nextOffset,
    long maxTimestampMs,
    int payloadBytes,
    int crc32c) {}
