// SPDX-License-Identifier: Apache-2.0
/** The shared log and the hard state of all groups of a broker, on RocksDB. */
@NullMarked
package dev.almadia.storage;

import org.jspecify.annotations.NullMarked;
