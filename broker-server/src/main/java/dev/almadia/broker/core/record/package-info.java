// SPDX-License-Identifier: Apache-2.0
/** Record sets as bytes: scanned, sliced, split and framed without decoding a record. Pure. */
@NullMarked
package dev.almadia.broker.core.record;

import org.jspecify.annotations.NullMarked;
