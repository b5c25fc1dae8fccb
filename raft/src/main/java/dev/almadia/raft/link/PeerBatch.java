// SPDX-License-Identifier: Apache-2.0
package dev.almadia.raft.link;

import java.util.List;

/**
 * What goes to one peer in one frame: everything that a shard had for it in one turn, so that the
 * heartbeats of thousands of groups cost one frame.
 */
public record PeerBatch(List<GroupMessage> messages, List<Leadership> leaderships) {}
