// SPDX-License-Identifier: Apache-2.0
/**
 * What goes wrong in a simulation: plans of faults that follow from the seed, and what makes them
 * happen. The kinds are in package {@code kinds}.
 */
@NullMarked
package dev.almadia.simulation.fault;

import org.jspecify.annotations.NullMarked;
