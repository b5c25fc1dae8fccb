// SPDX-License-Identifier: Apache-2.0
/** Which broker serves what. Pure. */
@NullMarked
package dev.almadia.broker.core.routing;

import org.jspecify.annotations.NullMarked;
