// SPDX-License-Identifier: Apache-2.0
/** Raft between brokers, over gRPC. */
@NullMarked
package dev.almadia.broker.server.peer;

import org.jspecify.annotations.NullMarked;
