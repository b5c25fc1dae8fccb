// SPDX-License-Identifier: Apache-2.0
package dev.almadia.client;

import dev.almadia.v1.Durability;

/**
 * Where an acknowledged record is.
 *
 * @param partition its partition
 * @param offset its offset; -1 for a duplicate of a record that was appended too long ago
 * @param durability what the acknowledgement stands for
 * @param maybeTwice an earlier sending of it had no answer, so another copy may be in the log; only
 *     with {@code resend}
 */
public record Acknowledged(int partition, long offset, Durability durability, boolean maybeTwice) {}
