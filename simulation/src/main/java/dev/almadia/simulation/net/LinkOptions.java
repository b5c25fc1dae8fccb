// SPDX-License-Identifier: Apache-2.0
package dev.almadia.simulation.net;

/**
 * How links carry frames.
 *
 * @param mode ordered, as the real ones, or harsher
 * @param laneBytesMax what may be under way on one lane to one peer
 * @param codecShare share of frames that are encoded and decoded as the real ones, 0 to 1
 */
public record LinkOptions(Mode mode, long laneBytesMax, double codecShare) {
  /** What a frame may meet. */
  public enum Mode {
    /** In order or not at all, as on a stream of gRPC. */
    STREAMS,
    /**
     * Frames may be lost, overtake each other and arrive twice, even after the link that they were
     * sent on has ended. No real link does; Raft must bear it.
     */
    DATAGRAMS
  }

  private static final long LANE_BYTES_MAX = 16 << 20;

  /** As the real links. */
  public static LinkOptions streams() {
    return new LinkOptions(Mode.STREAMS, LANE_BYTES_MAX, 0);
  }

  /** The harsher mode. */
  public static LinkOptions datagrams() {
    return new LinkOptions(Mode.DATAGRAMS, LANE_BYTES_MAX, 0);
  }

  /** The same with the codec on this share of frames. */
  public LinkOptions withCodec(double share) {
    return new LinkOptions(mode, laneBytesMax, share);
  }

  /** The same with another bound. */
  public LinkOptions withLaneBytesMax(long bytes) {
    return new LinkOptions(mode, bytes, codecShare);
  }
}
