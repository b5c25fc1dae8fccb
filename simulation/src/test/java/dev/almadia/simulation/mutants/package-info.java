// SPDX-License-Identifier: Apache-2.0
/**
 * Planted bugs: the proof that the simulator can fail.
 *
 * <p>A simulator that finds nothing proves nothing until it is known to find what is there. So each
 * class of bugs that replicated logs have had is planted into our own code, one at a time, in the
 * place where a developer would make it, and the simulator must find it within 2,000 fresh seeds.
 *
 * <p>The product knows nothing of this. A bug is a file in {@code src/test/mutants}: a diff against
 * the sources and three lines that say what it breaks. The harness applies it to the source as it
 * is now, compiles the changed class in memory, and runs the simulator in a class loader of its own
 * that has the changed class. A diff whose lines are no longer in the source, or are there twice,
 * fails the build; so the catalogue follows the code.
 *
 * <p>To add a bug: make it in the source, {@code git diff -U1 >
 * simulation/src/test/mutants/NAME.diff}, write the three lines on top, take it back out of the
 * source, and hunt it:
 *
 * <pre>
 * mvn -pl simulation -am test -Dtest=HuntTest -Dmutants=NAME -Dmutants.seeds=2000
 * </pre>
 *
 * <p>A bug that is not found means that a fault, a kind of client, or a check is missing: that is
 * what to add, not more seeds. A bug that is found although the seed also fails without it does not
 * count.
 */
@NullMarked
package dev.almadia.simulation.mutants;

import org.jspecify.annotations.NullMarked;
