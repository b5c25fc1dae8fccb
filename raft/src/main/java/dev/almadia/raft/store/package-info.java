// SPDX-License-Identifier: Apache-2.0
/** What Raft needs of a disk. Module storage implements it on RocksDB. */
@NullMarked
package dev.almadia.raft.store;

import org.jspecify.annotations.NullMarked;
