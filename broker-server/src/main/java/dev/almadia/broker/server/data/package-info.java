// SPDX-License-Identifier: Apache-2.0
/**
 * The services that carry records: Produce, ProduceStream, Fetch, Subscribe, ResolveOffsets.
 * Handlers run on gRPC's event loops, answers come from shards, timers and the read pool; nothing
 * here blocks but what runs on the read pool.
 */
@NullMarked
package dev.almadia.broker.server.data;

import org.jspecify.annotations.NullMarked;
