// SPDX-License-Identifier: Apache-2.0
/** What clients did and saw, and the checkers that judge it. Knows nothing of brokers. */
@NullMarked
package dev.almadia.history;

import org.jspecify.annotations.NullMarked;
