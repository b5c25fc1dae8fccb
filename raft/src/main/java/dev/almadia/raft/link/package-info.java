// SPDX-License-Identifier: Apache-2.0
/** What Raft needs of a network. Module broker-server implements it with gRPC. */
@NullMarked
package dev.almadia.raft.link;

import org.jspecify.annotations.NullMarked;
