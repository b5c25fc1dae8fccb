// SPDX-License-Identifier: Apache-2.0
/** Decides which brokers hold a partition. Pure. */
@NullMarked
package dev.almadia.broker.core.placement;

import org.jspecify.annotations.NullMarked;
