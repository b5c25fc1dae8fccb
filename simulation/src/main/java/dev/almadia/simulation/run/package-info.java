// SPDX-License-Identifier: Apache-2.0
/**
 * Runs of seeds: one, a range of them on all cores, the shortest fault schedule of a failing one,
 * and what people get to read about it. Only what is behind a {@link
 * dev.almadia.simulation.run.SeedRunner} is virtual; the rest lives in real time, on real threads.
 */
@NullMarked
package dev.almadia.simulation.run;

import org.jspecify.annotations.NullMarked;
