// SPDX-License-Identifier: Apache-2.0
/**
 * The network of the simulated world: ways between hosts with every fault, connections in order
 * over them, the links of Raft and gRPC calls over those. All of it runs in the one thread of the
 * simulation.
 */
@NullMarked
package dev.almadia.simulation.net;

import org.jspecify.annotations.NullMarked;
