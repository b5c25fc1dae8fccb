// SPDX-License-Identifier: Apache-2.0
package dev.almadia.raft.shard;

import java.util.List;

/**
 * Counters of a shard since its start, as of its last tick.
 *
 * @param shard its number
 * @param groups groups that it runs
 * @param ledGroups those that this broker leads
 * @param turns turns that found work
 * @param turnNanosMax longest turn within about the last ten seconds
 * @param mailboxDepth messages and requests that waited
 * @param droppedMessages messages of peers dropped because the mailbox was full
 * @param refusedRequests requests refused because it was full
 * @param unsentMessages messages that links refused
 * @param sentFrames frames that links took
 * @param rounds rounds given to the log writer
 * @param roundEntries entries in them
 * @param roundBytes bytes of these
 * @param lateTicks ticks that came late
 * @param stalls how often the loop was so late that groups did not campaign for a while
 * @param commits proposals committed
 * @param commitNanosSum time from append to commit of all of them
 * @param commitNanosMax longest of these within about the last ten seconds
 * @param commitBuckets element i counts those below 2^i microseconds (and not below 2^(i-1)); the
 *     last one has the rest
 */
public record ShardStats(
    int shard,
    int groups,
    int ledGroups,
    long turns,
    long turnNanosMax,
    int mailboxDepth,
    long droppedMessages,
    long refusedRequests,
    long unsentMessages,
    long sentFrames,
    long rounds,
    long roundEntries,
    long roundBytes,
    long lateTicks,
    long stalls,
    long commits,
    long commitNanosSum,
    long commitNanosMax,
    List<Long> commitBuckets) {}
