// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.server.peer;

import com.google.protobuf.ByteString;
import dev.almadia.internal.v1.PeerFrame;
import dev.almadia.raft.link.PeerBatch;
import org.jspecify.annotations.Nullable;

/**
 * The frames that a stream brought last. Idle groups say the same at each beat; so a frame with the
 * same bytes as one before is the same batch, and thousands of messages are not made again. What
 * comes out is always what the codec would make. One thread at a time, as its stream.
 */
final class ReceivedFrames {
  /** Beats and answers come in turns, apart for each shard of the sender. */
  private static final int FRAMES_MAX = 4;

  /** Less is decoded as fast, and would take the place of more. */
  private static final int BYTES_MIN = 128;

  private record Received(int from, int crc, ByteString header, PeerBatch batch) {}

  private final int self;
  private final @Nullable Received[] received = new Received[FRAMES_MAX];
  private int oldest;

  ReceivedFrames(int self) {
    this.self = self;
  }

  /**
   * The batch of a frame.
   *
   * @param from broker id of the sender, as its hello said
   */
  PeerFrameCodec.Decoded decode(int from, PeerFrame frame) {
    if (frame.getPayloadsCount() > 0 || frame.getHeader().size() < BYTES_MIN) {
      return PeerFrameCodec.decode(from, self, frame);
    }
    for (Received known : received) {
      if (known != null
          && known.from() == from
          && known.crc() == frame.getHeaderCrc32C()
          && known.header().equals(frame.getHeader())) {
        return new PeerFrameCodec.Decoded.Sound(known.batch());
      }
    }
    PeerFrameCodec.Decoded decoded = PeerFrameCodec.decode(from, self, frame);
    if (decoded instanceof PeerFrameCodec.Decoded.Sound sound
        && sound.batch().leaderships().isEmpty()) {
      received[oldest] =
          new Received(from, frame.getHeaderCrc32C(), frame.getHeader(), sound.batch());
      oldest = (oldest + 1) % FRAMES_MAX;
    }
    return decoded;
  }
}
