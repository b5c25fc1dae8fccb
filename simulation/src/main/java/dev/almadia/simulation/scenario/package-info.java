// SPDX-License-Identifier: Apache-2.0
/** What a simulation is about: which faults, how many, on what cluster. */
@NullMarked
package dev.almadia.simulation.scenario;

import org.jspecify.annotations.NullMarked;
