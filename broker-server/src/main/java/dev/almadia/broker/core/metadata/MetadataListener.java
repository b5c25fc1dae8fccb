// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.core.metadata;

import dev.almadia.raft.shard.GroupView;

/** Hears what happens to the metadata. On the shard thread of group 0; must not block or throw. */
public interface MetadataListener {
  /**
   * A command changed the image.
   *
   * @param before what it was, or the empty image at the first call
   * @param after what it is now; readable from {@link MetadataStateMachine#image()} already
   */
  void imageChanged(MetadataImage before, MetadataImage after);

  /** Role, leader or commit of group 0 changed. */
  default void viewChanged(GroupView view) {}
}
