// SPDX-License-Identifier: Apache-2.0
/** The Java client of the public API. */
@NullMarked
package dev.almadia.client;

import org.jspecify.annotations.NullMarked;
