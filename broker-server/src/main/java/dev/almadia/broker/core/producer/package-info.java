// SPDX-License-Identifier: Apache-2.0
/**
 * What a partition knows of its producers, so that a batch that is sent again is there once. Pure:
 * it follows from the partition's entries, and is kept and sent as bytes.
 */
@NullMarked
package dev.almadia.broker.core.producer;

import org.jspecify.annotations.NullMarked;
