// SPDX-License-Identifier: Apache-2.0
/** The disk of a simulated machine. */
@NullMarked
package dev.almadia.simulation.disk;

import org.jspecify.annotations.NullMarked;
