// SPDX-License-Identifier: Apache-2.0
package dev.almadia.raft.shard;

import dev.almadia.raft.core.Entry;
import dev.almadia.raft.core.Message;
import dev.almadia.raft.core.log.Checkpoint;
import dev.almadia.raft.link.GroupMessage;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * The only way into a shard. Any thread offers; shard thread polls. Lock-free.
 *
 * <p>Four channels, so that none can starve or crowd out another: <i>tasks</i> (completions of the
 * log writer and of loads, groups to open, peers that came or went) are never dropped and bounded
 * by their senders; <i>control</i> messages (votes, beats, answers) must get through while a flood
 * of <i>data</i> (append requests) or of client <i>requests</i> waits. Each of the last three is
 * bounded in messages and bytes.
 */
final class ShardMailbox {
  /** Messages of one frame of a peer for groups of this shard. */
  record PeerMail(List<GroupMessage> messages) {}

  /** What a client wants of a group; one of the two is there. */
  record Request(long groupId, @Nullable Proposal proposal, @Nullable ReadCallback read) {
    long costBytes() {
      return proposal == null ? READ_COST_BYTES : proposal.costBytes();
    }

    void fail(ProposalFailure failure) {
      if (proposal != null) {
        proposal.onFailed(failure);
      }
      if (read != null) {
        read.onFailed(failure);
      }
    }
  }

  private static final long READ_COST_BYTES = 64;

  private final ConcurrentLinkedQueue<ShardTask> tasks = new ConcurrentLinkedQueue<>();
  private final BoundedQueue<PeerMail> control;
  private final BoundedQueue<PeerMail> data;
  private final BoundedQueue<Request> requests;
  private final AtomicLong droppedMessages = new AtomicLong();
  private final AtomicLong refusedRequests = new AtomicLong();
  private final AgentSignal signal;

  /** Set once by the stopping thread, read by all: no request may enter any more. */
  private volatile boolean closed;

  /** Set once by the shard after it has emptied the requests for the last time. */
  private volatile boolean abandoned;

  ShardMailbox(ShardLimits limits, AgentSignal signal) {
    this.signal = signal;
    control = new BoundedQueue<>(limits.mailboxMessagesMax(), limits.mailboxBytesMax());
    data = new BoundedQueue<>(limits.mailboxMessagesMax(), limits.mailboxBytesMax());
    requests = new BoundedQueue<>(limits.mailboxMessagesMax(), limits.mailboxBytesMax());
  }

  void post(ShardTask task) {
    tasks.add(task);
    signal.raise();
  }

  /** Takes messages of a peer, or drops them: Raft lives with loss. */
  void receive(List<GroupMessage> messages) {
    List<GroupMessage> appends = new ArrayList<>();
    List<GroupMessage> others = new ArrayList<>();
    for (GroupMessage message : messages) {
      (isData(message.message()) ? appends : others).add(message);
    }
    offer(control, others);
    offer(data, appends);
  }

  private void offer(BoundedQueue<PeerMail> channel, List<GroupMessage> messages) {
    if (messages.isEmpty()) {
      return;
    }
    long bytes = 0;
    for (GroupMessage message : messages) {
      bytes += costBytes(message.message());
    }
    if (channel.offer(new PeerMail(messages), messages.size(), bytes)) {
      signal.raise();
    } else {
      droppedMessages.addAndGet(messages.size());
    }
  }

  /** Takes a request, or fails it at once on the caller's thread. */
  void request(Request request) {
    if (closed) {
      request.fail(ProposalFailure.STOPPING);
    } else if (!requests.offer(request, 1, request.costBytes())) {
      refusedRequests.incrementAndGet();
      request.fail(ProposalFailure.OVERLOADED);
    } else {
      signal.raise();
      if (abandoned) {
        failRest();
      }
    }
  }

  /** From now on requests fail with STOPPING. */
  void close() {
    closed = true;
  }

  /** Shard thread, last act: whatever slipped in while the mailbox closed fails too. */
  void abandon() {
    abandoned = true;
    failRest();
  }

  /**
   * A request that passed the check of {@code closed} before it was set, and was queued after the
   * shard's last look, would never hear of its fate: then its own thread comes here. Every request
   * is polled by exactly one thread.
   */
  private void failRest() {
    for (Request request = requests.poll(); request != null; request = requests.poll()) {
      request.fail(ProposalFailure.STOPPING);
    }
  }

  @Nullable ShardTask pollTask() {
    return tasks.poll();
  }

  @Nullable PeerMail pollControl() {
    return control.poll();
  }

  @Nullable PeerMail pollData() {
    return data.poll();
  }

  @Nullable Request pollRequest() {
    return requests.poll();
  }

  /** The shard stepped or dropped a message. */
  void release(Message message) {
    (isData(message) ? data : control).release(1, costBytes(message));
  }

  /** The shard appended or failed a proposal, or asked the core for a read. */
  void release(Request request) {
    requests.release(1, request.costBytes());
  }

  /** Messages and requests that wait, also those in the shard's own queues. */
  int depth() {
    return control.heldMessages() + data.heldMessages() + requests.heldMessages();
  }

  long droppedMessages() {
    return droppedMessages.get();
  }

  long refusedRequests() {
    return refusedRequests.get();
  }

  /** Only what has no fixed small size counts; the rest is bounded by number. */
  static long costBytes(Message message) {
    if (message instanceof Message.ResetLog reset) {
      Checkpoint checkpoint = reset.checkpoint();
      return checkpoint == null ? 0 : checkpoint.state().length;
    }
    if (!(message instanceof Message.AppendRequest append)) {
      return 0;
    }
    long bytes = 0;
    for (Entry entry : append.entries()) {
      bytes += entry.costBytes();
    }
    return bytes;
  }

  /** Whether it may be large, so that it must not delay what is small and urgent. */
  static boolean isData(Message message) {
    return message.kind() == Message.Kind.APPEND_REQUEST
        || message.kind() == Message.Kind.RESET_LOG;
  }
}
