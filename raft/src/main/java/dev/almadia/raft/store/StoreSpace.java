// SPDX-License-Identifier: Apache-2.0
package dev.almadia.raft.store;

/**
 * Room on the device of a store, and what its logs take; bytes.
 *
 * @param freeBytes that the device has free for this store
 * @param deviceBytes size of the device; 0 if not known
 * @param logBytes that the logs of all groups take, about; 0 if not known
 */
public record StoreSpace(long freeBytes, long deviceBytes, long logBytes) {}
