// SPDX-License-Identifier: Apache-2.0
/**
 * Runs many groups: shards (one thread, many groups), persist rounds, the one log writer, and the
 * bookkeeping of proposals and reads. Threads themselves are made by module broker-server.
 */
@NullMarked
package dev.almadia.raft.shard;

import org.jspecify.annotations.NullMarked;
