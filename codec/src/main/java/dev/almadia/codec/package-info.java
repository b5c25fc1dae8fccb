// SPDX-License-Identifier: Apache-2.0
/**
 * Compresses record sets, and inflates them piece by piece. Strict: what is taken here is taken by
 * every usual library, because a broker stores it for all readers to come. Any thread; an {@link
 * Unpacker} is used by one at a time.
 */
@NullMarked
package dev.almadia.codec;

import org.jspecify.annotations.NullMarked;
