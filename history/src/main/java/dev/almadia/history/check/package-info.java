// SPDX-License-Identifier: Apache-2.0
/** Rules that judge a history. One owner thread per check. */
@NullMarked
package dev.almadia.history.check;

import org.jspecify.annotations.NullMarked;
