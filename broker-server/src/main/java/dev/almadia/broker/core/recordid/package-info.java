// SPDX-License-Identifier: Apache-2.0
/**
 * What a partition knows of the ids of its records, so that a record that is sent again within its
 * topic's window is there once. Pure: it follows from the partition's entries, and is kept and sent
 * as bytes.
 */
@NullMarked
package dev.almadia.broker.core.recordid;

import org.jspecify.annotations.NullMarked;
