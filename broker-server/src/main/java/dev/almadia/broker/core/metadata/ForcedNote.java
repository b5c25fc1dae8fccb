// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.core.metadata;

/**
 * A line in the record of what was forced.
 *
 * @param index metadata index of the line
 * @param timeMs when, milliseconds since 1970
 * @param groupId group that was forced; -1 for the whole order
 * @param message one line for people
 */
public record ForcedNote(long index, long timeMs, long groupId, String message) {}
