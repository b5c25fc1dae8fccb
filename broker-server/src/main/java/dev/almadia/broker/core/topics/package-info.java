// SPDX-License-Identifier: Apache-2.0
/** Checks requests about topics against the metadata and turns them into commands. Pure. */
@NullMarked
package dev.almadia.broker.core.topics;

import org.jspecify.annotations.NullMarked;
