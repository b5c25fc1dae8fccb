// SPDX-License-Identifier: Apache-2.0
/** A disk, a network and a clock in memory, and a cluster on them that runs in one thread. */
package dev.almadia.raft.testing;
