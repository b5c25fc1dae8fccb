// SPDX-License-Identifier: Apache-2.0
package dev.almadia.simulation.cluster;

import dev.almadia.broker.server.peer.PeerWorld;
import dev.almadia.simulation.check.Invariants;
import dev.almadia.simulation.check.Violations;
import dev.almadia.simulation.kernel.EventLoop;
import dev.almadia.simulation.kernel.SimRandom;
import dev.almadia.simulation.kernel.Trace;
import dev.almadia.simulation.net.SimNetwork;
import java.util.SortedMap;

/**
 * What all parts of one simulation share.
 *
 * @param options what the cluster is made of
 * @param random the seed's chance, to split from
 * @param peers the running brokers, as they show themselves to each other
 */
public record SimWorld(
    EventLoop loop,
    Trace trace,
    SimRandom random,
    ClusterOptions options,
    SimNetwork network,
    Violations violations,
    Invariants invariants,
    SortedMap<Integer, PeerWorld> peers) {}
