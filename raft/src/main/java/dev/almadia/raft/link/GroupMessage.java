// SPDX-License-Identifier: Apache-2.0
package dev.almadia.raft.link;

import dev.almadia.raft.core.Message;

/** A Raft message and the group that it belongs to. */
public record GroupMessage(long groupId, Message message) {}
