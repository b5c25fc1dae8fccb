// SPDX-License-Identifier: Apache-2.0
package dev.almadia.history.check;

import dev.almadia.history.Call;
import dev.almadia.history.Value;

/** A value at an offset, and the call whose answer said so. */
record Sighting(long offset, Value value, Call call) {
  @Override
  public String toString() {
    return value + " (" + call + ")";
  }
}
