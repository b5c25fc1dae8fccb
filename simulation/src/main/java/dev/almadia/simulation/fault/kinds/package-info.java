// SPDX-License-Identifier: Apache-2.0
/** The kinds of fault, one small class each. */
@NullMarked
package dev.almadia.simulation.fault.kinds;

import org.jspecify.annotations.NullMarked;
