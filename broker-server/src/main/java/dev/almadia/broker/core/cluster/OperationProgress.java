// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.core.cluster;

import dev.almadia.v1.Blocker;
import java.util.List;

/**
 * How far an operation is.
 *
 * @param done partitions (for a drain: leaders) that are done
 * @param total of so many
 * @param doneBytes bytes copied, as far as known
 * @param totalBytes bytes to copy in all, as far as known
 * @param isDone nothing is left to do
 * @param blockers what waits and why, at most {@link Blockers#MAX}
 */
public record OperationProgress(
    int done, int total, long doneBytes, long totalBytes, boolean isDone, List<Blocker> blockers) {
  /** Copies the list. */
  public OperationProgress {
    blockers = List.copyOf(blockers);
  }
}
