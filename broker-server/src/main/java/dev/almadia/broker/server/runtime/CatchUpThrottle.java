// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.server.runtime;

import dev.almadia.broker.core.cluster.CatchUpThrottles;
import dev.almadia.broker.core.metadata.MetadataImage;
import dev.almadia.broker.core.metadata.MetadataListener;
import dev.almadia.raft.shard.RaftGroups;

/**
 * Keeps this broker's catch-up rate at what its setting and the running operations allow. Shard
 * thread of group 0.
 */
final class CatchUpThrottle implements MetadataListener {
  private final RaftGroups groups;
  private final long settingBytesPerSecond;
  private long bytesPerSecond;

  /** With the rate of the setting, from now on. */
  CatchUpThrottle(RaftGroups groups, long settingBytesPerSecond) {
    this.groups = groups;
    this.settingBytesPerSecond = settingBytesPerSecond;
    follow(MetadataImage.EMPTY);
  }

  @Override
  public void imageChanged(MetadataImage before, MetadataImage after) {
    if (before.operations() != after.operations()) {
      follow(after);
    }
  }

  private void follow(MetadataImage image) {
    long wanted = CatchUpThrottles.bytesPerSecond(image, settingBytesPerSecond);
    if (wanted != bytesPerSecond) {
      bytesPerSecond = wanted;
      groups.setCatchUpRate(wanted);
    }
  }
}
