// SPDX-License-Identifier: Apache-2.0
package dev.almadia.storage;

import dev.almadia.raft.core.config.GroupConfig;

/**
 * A configuration and where it is from.
 *
 * @param index index of its entry; 0 if the replica was created with it
 * @param config the configuration
 */
record PlacedConfig(long index, GroupConfig config) {}
