// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.server.peer;

import dev.almadia.internal.v1.PeerFrame;
import dev.almadia.raft.link.GroupMessage;
import dev.almadia.raft.link.PeerBatch;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The frames last made for a peer. Idle groups say the same at each beat, with the same objects; so
 * a batch of what was said before has the frames that it had then, and thousands of groups are not
 * encoded again. What comes out is always what the codec would make. Any thread.
 */
final class SentFrames {
  /** Beats and answers leave in turns, apart for each shard. */
  private static final int FRAMES_MAX = 4;

  /** Less is encoded faster than it is found, and would take the place of more. */
  private static final int MESSAGES_MIN = 16;

  private record Sent(PeerBatch batch, List<PeerFrame> frames) {}

  private final @Nullable Sent[] sent = new Sent[FRAMES_MAX];
  private int oldest;

  /** Frames of a batch, in order. */
  synchronized List<PeerFrame> encode(PeerBatch batch) {
    if (batch.messages().size() < MESSAGES_MIN || !batch.leaderships().isEmpty()) {
      return PeerFrameCodec.encode(batch);
    }
    for (Sent known : sent) {
      if (known != null && saySame(known.batch().messages(), batch.messages())) {
        return known.frames();
      }
    }
    List<PeerFrame> frames = PeerFrameCodec.encode(batch);
    if (frames.size() == 1 && frames.get(0).getPayloadsCount() == 0) {
      sent[oldest] = new Sent(batch, List.copyOf(frames));
      oldest = (oldest + 1) % FRAMES_MAX;
    }
    return frames;
  }

  /** Messages are immutable; the same object says the same. */
  @SuppressWarnings("ReferenceEquality")
  private static boolean saySame(List<GroupMessage> one, List<GroupMessage> other) {
    if (one.size() != other.size()) {
      return false;
    }
    for (int i = 0; i < one.size(); i++) {
      if (one.get(i).groupId() != other.get(i).groupId()
          || one.get(i).message() != other.get(i).message()) {
        return false;
      }
    }
    return true;
  }
}
