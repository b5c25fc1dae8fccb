// SPDX-License-Identifier: Apache-2.0
/** Raft: a pure core, and the shards, log and links that run it. */
@NullMarked
package dev.almadia.raft;

import org.jspecify.annotations.NullMarked;
