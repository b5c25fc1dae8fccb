// SPDX-License-Identifier: Apache-2.0
/** What all of the broker's pure logic shares. */
@NullMarked
package dev.almadia.broker.core;

import org.jspecify.annotations.NullMarked;
