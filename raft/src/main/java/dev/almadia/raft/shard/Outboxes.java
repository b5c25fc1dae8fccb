// SPDX-License-Identifier: Apache-2.0
package dev.almadia.raft.shard;

import dev.almadia.raft.core.Message;
import dev.almadia.raft.core.config.ReplicaId;
import dev.almadia.raft.link.GroupMessage;
import dev.almadia.raft.link.Lane;
import dev.almadia.raft.link.Leadership;
import dev.almadia.raft.link.PeerBatch;
import dev.almadia.raft.link.PeerLinks;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What a shard says to its peers, gathered over a turn and sent at its end: one frame per peer and
 * lane, however many groups speak. Shard thread only.
 *
 * <p>Messages that the link refuses are lost, as on any wire. Leaderships stay until the link took
 * them or the peer is gone (then all are told anew when it is back), and the shard repeats them
 * every few seconds. They are at most one per group.
 */
final class Outboxes {
  /** A frame of votes or beats stays far below what transports refuse. */
  private static final int CONTROL_MESSAGES_MAX = 8192;

  /** Frames of about this size are the cheapest per byte; a larger one delays what follows. */
  private static final long DATA_BYTES_MAX = 1024 * 1024;

  /** For one peer. */
  private static final class Outbox {
    final List<GroupMessage> control = new ArrayList<>();
    final List<GroupMessage> data = new ArrayList<>();
    final Map<Long, GroupMessage> held = new LinkedHashMap<>();
    final Map<Long, Leadership> leaderships = new LinkedHashMap<>();
    boolean connected;
  }

  private final PeerLinks links;
  private final Map<Integer, Outbox> boxes = new TreeMap<>();
  private long droppedMessages;
  private long sentFrames;

  Outboxes(PeerLinks links) {
    this.links = links;
  }

  void add(long groupId, Message message) {
    Outbox box = box(ReplicaId.broker(message.to()));
    if (!box.held.isEmpty() && isAnswer(box.held.get(groupId))) {
      // It says less than this one, and would come after it.
      box.held.remove(groupId);
    }
    (ShardMailbox.isData(message) ? box.data : box.control).add(new GroupMessage(groupId, message));
  }

  private static boolean isAnswer(@Nullable GroupMessage held) {
    return held != null && held.message().kind() == Message.Kind.HEARTBEAT_RESPONSE;
  }

  /**
   * Takes a heartbeat, or an answer to one, that need not leave at once. Each group counts its
   * interval from its own election; sent as they come, the beats of many groups would leave in a
   * frame of their own at every tick. Held until the shard's common beat they cost one frame an
   * interval, and come as regularly as before. A newer one of a group replaces the one that is
   * held.
   *
   * @param to the message's receiver; the message itself, mostly one of long ago, is not looked at
   */
  void hold(long groupId, int to, Message message) {
    Outbox box = box(ReplicaId.broker(to));
    GroupMessage before = box.held.put(groupId, new GroupMessage(groupId, message));
    if (before != null && before.message().to() != to) {
      // Two lives of the group on one broker, one of them on its way out.
      box.control.add(before);
    }
  }

  /** The group stops here: it no longer claims to be there. */
  void forget(long groupId) {
    boxes.values().forEach(box -> box.held.remove(groupId));
  }

  /** The common beat: what was held leaves with this turn. */
  void releaseBeats() {
    for (Outbox box : boxes.values()) {
      box.control.addAll(box.held.values());
      box.held.clear();
    }
  }

  /** Tells all peers that are there. */
  void announce(Leadership leadership) {
    for (Outbox box : boxes.values()) {
      if (box.connected) {
        box.leaderships.put(leadership.groupId(), leadership);
      }
    }
  }

  /** Tells one peer, which just came. */
  void connected(int brokerId, List<Leadership> ownLeaderships) {
    Outbox box = box(brokerId);
    box.connected = true;
    box.leaderships.clear();
    for (Leadership leadership : ownLeaderships) {
      box.leaderships.put(leadership.groupId(), leadership);
    }
  }

  void disconnected(int brokerId) {
    Outbox box = box(brokerId);
    box.connected = false;
    box.leaderships.clear();
  }

  private Outbox box(int brokerId) {
    return boxes.computeIfAbsent(brokerId, id -> new Outbox());
  }

  /** Sends everything; returns the number of frames that the links took. */
  int flush() {
    long before = sentFrames;
    boxes.forEach(
        (brokerId, box) -> {
          if (!box.control.isEmpty() || !box.leaderships.isEmpty()) {
            flushControl(brokerId, box);
          }
          if (!box.data.isEmpty()) {
            flushData(brokerId, box.data);
          }
        });
    return (int) (sentFrames - before);
  }

  private void flushControl(int brokerId, Outbox box) {
    for (int from = 0; from < box.control.size(); from += CONTROL_MESSAGES_MAX) {
      int to = Math.min(from + CONTROL_MESSAGES_MAX, box.control.size());
      boolean isLast = to == box.control.size();
      boolean withNews = isLast && box.leaderships.size() <= CONTROL_MESSAGES_MAX;
      PeerBatch batch =
          new PeerBatch(
              List.copyOf(box.control.subList(from, to)),
              withNews ? List.copyOf(box.leaderships.values()) : List.of());
      if (send(brokerId, Lane.CONTROL, batch) && withNews) {
        box.leaderships.clear();
      }
    }
    box.control.clear();
    flushLeaderships(brokerId, box);
  }

  private void flushLeaderships(int brokerId, Outbox box) {
    while (!box.leaderships.isEmpty()) {
      List<Leadership> page =
          box.leaderships.values().stream().limit(CONTROL_MESSAGES_MAX).toList();
      if (!send(brokerId, Lane.CONTROL, new PeerBatch(List.of(), page))) {
        return;
      }
      page.forEach(leadership -> box.leaderships.remove(leadership.groupId()));
    }
  }

  private void flushData(int brokerId, List<GroupMessage> data) {
    int from = 0;
    long bytes = 0;
    for (int at = 0; at < data.size(); at++) {
      long cost = ShardMailbox.costBytes(data.get(at).message());
      if (at > from && bytes + cost > DATA_BYTES_MAX) {
        sendData(brokerId, data.subList(from, at));
        from = at;
        bytes = 0;
      }
      bytes += cost;
    }
    sendData(brokerId, data.subList(from, data.size()));
    data.clear();
  }

  private void sendData(int brokerId, List<GroupMessage> part) {
    boolean sent = send(brokerId, Lane.DATA, new PeerBatch(List.copyOf(part), List.of()));
    assert sent || droppedMessages > 0;
  }

  private boolean send(int brokerId, Lane lane, PeerBatch batch) {
    boolean sent = links.send(brokerId, lane, batch);
    if (sent) {
      sentFrames++;
    } else {
      droppedMessages += batch.messages().size();
    }
    return sent;
  }

  long droppedMessages() {
    return droppedMessages;
  }

  long sentFrames() {
    return sentFrames;
  }
}
