// SPDX-License-Identifier: Apache-2.0
/** How brokers come and go: who forms and joins, where replicas move, what waits and why. */
@NullMarked
package dev.almadia.broker.core.cluster;

import org.jspecify.annotations.NullMarked;
