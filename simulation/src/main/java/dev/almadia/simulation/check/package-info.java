// SPDX-License-Identifier: Apache-2.0
/**
 * What must hold after every step of a simulation, whatever was broken: seen from outside the
 * brokers, with a memory that no broker has.
 */
@NullMarked
package dev.almadia.simulation.check;

import org.jspecify.annotations.NullMarked;
