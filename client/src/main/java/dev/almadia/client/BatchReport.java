// SPDX-License-Identifier: Apache-2.0
package dev.almadia.client;

import org.jspecify.annotations.Nullable;

/**
 * What became of a batch.
 *
 * @param topic its topic
 * @param records number of its records, at least 1
 * @param notAppliedRecords how many of them are certainly not in the log
 * @param unknownRecords how many of them may be in the log
 * @param bytes bytes of its serialized records, before compression unless it came ready made
 * @param sentBytes bytes of its records as they were sent, once; 0 if it never was
 * @param sends how often it was sent
 * @param nanos from its first record until now
 * @param ackNanos from its last sending until now; 0 if it never was sent
 * @param failure why all of it failed; null if it was acknowledged, perhaps without some of its
 *     records
 */
public record BatchReport(
    String topic,
    int records,
    int notAppliedRecords,
    int unknownRecords,
    long bytes,
    long sentBytes,
    int sends,
    long nanos,
    long ackNanos,
    @Nullable AlmadiaException failure) {}
