// SPDX-License-Identifier: Apache-2.0
/** The real broker on a simulated machine, and clusters of it. */
@NullMarked
package dev.almadia.simulation.cluster;

import org.jspecify.annotations.NullMarked;
