// SPDX-License-Identifier: Apache-2.0
/** Virtual time, chance, processes: what everything else of the simulator stands on. */
@NullMarked
package dev.almadia.simulation.kernel;

import org.jspecify.annotations.NullMarked;
