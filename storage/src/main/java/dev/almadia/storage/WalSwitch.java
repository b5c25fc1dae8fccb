// SPDX-License-Identifier: Apache-2.0
package dev.almadia.storage;

/** Remembers that a new write-ahead log began. Volatile: RocksDB may tell from another thread. */
final class WalSwitch {
  private volatile boolean happened;

  void set() {
    happened = true;
  }

  void clear() {
    happened = false;
  }

  boolean isSet() {
    return happened;
  }
}
