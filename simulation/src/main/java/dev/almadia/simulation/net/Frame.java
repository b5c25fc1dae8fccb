// SPDX-License-Identifier: Apache-2.0
package dev.almadia.simulation.net;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.almadia.broker.server.peer.PeerFrameCodec;
import dev.almadia.internal.v1.PeerFrame;
import dev.almadia.raft.core.Entry;
import dev.almadia.raft.core.Message;
import dev.almadia.raft.link.GroupMessage;
import dev.almadia.raft.link.Lane;
import dev.almadia.raft.link.PeerBatch;
import dev.almadia.simulation.kernel.SimRandom;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A batch on its way. Batches are immutable, so both ends may share one. */
record Frame(Lane lane, PeerBatch batch, long bytes) {
  private static final int FRAME_BYTES = 40;
  private static final int MESSAGE_BYTES = 24;

  static Frame of(Lane lane, PeerBatch batch) {
    long bytes = FRAME_BYTES;
    bytes += (long) MESSAGE_BYTES * batch.leaderships().size();
    for (GroupMessage message : batch.messages()) {
      bytes += MESSAGE_BYTES;
      if (message.message() instanceof Message.AppendRequest append) {
        for (Entry entry : append.entries()) {
          bytes += MESSAGE_BYTES + entry.payload().length;
        }
      }
    }
    return new Frame(lane, batch, bytes);
  }

  /** The batches that come out of the real codec. */
  static List<PeerBatch> throughCodec(int from, int to, PeerBatch batch) {
    List<PeerBatch> batches = new ArrayList<>(1);
    for (PeerFrame frame : PeerFrameCodec.encode(batch)) {
      PeerFrameCodec.Decoded decoded = decode(from, to, frame.toByteArray());
      if (!(decoded instanceof PeerFrameCodec.Decoded.Sound sound)) {
        throw new IllegalStateException("the codec finds its own frame damaged: " + decoded);
      }
      batches.add(sound.batch());
    }
    return batches;
  }

  /** The same with one bit flipped; null if that was noticed, as it must be. */
  static @Nullable List<PeerBatch> damaged(int from, int to, PeerBatch batch, SimRandom random) {
    List<PeerBatch> batches = new ArrayList<>(1);
    List<PeerFrame> frames = PeerFrameCodec.encode(batch);
    int hit = random.below(frames.size());
    for (int i = 0; i < frames.size(); i++) {
      byte[] bytes = frames.get(i).toByteArray();
      if (i == hit && bytes.length > 0) {
        int bit = random.below(bytes.length * Byte.SIZE);
        bytes[bit / Byte.SIZE] ^= (byte) (1 << bit % Byte.SIZE);
      }
      if (!(decode(from, to, bytes) instanceof PeerFrameCodec.Decoded.Sound sound)) {
        return null;
      }
      batches.add(sound.batch());
    }
    return batches;
  }

  private static PeerFrameCodec.Decoded decode(int from, int to, byte[] bytes) {
    try {
      return PeerFrameCodec.decode(from, to, PeerFrame.parseFrom(bytes));
    } catch (InvalidProtocolBufferException e) {
      return new PeerFrameCodec.Decoded.Damaged("not a frame: " + e.getMessage());
    }
  }
}
