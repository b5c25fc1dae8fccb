// SPDX-License-Identifier: Apache-2.0
/**
 * Clients of the simulated cluster: they use the public API with the generated stubs, write down
 * what they did and saw, and report at once what no client may ever be told.
 */
@NullMarked
package dev.almadia.simulation.workload;

import org.jspecify.annotations.NullMarked;
