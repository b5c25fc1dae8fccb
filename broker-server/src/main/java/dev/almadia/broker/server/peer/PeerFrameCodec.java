// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.server.peer;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.UnsafeByteOperations;
import dev.almadia.internal.v1.Beats;
import dev.almadia.internal.v1.PeerFrame;
import dev.almadia.internal.v1.PeerHeader;
import dev.almadia.raft.core.Entry;
import dev.almadia.raft.core.Message;
import dev.almadia.raft.core.config.ReplicaId;
import dev.almadia.raft.core.log.Checkpoint;
import dev.almadia.raft.link.GroupMessage;
import dev.almadia.raft.link.Leadership;
import dev.almadia.raft.link.PeerBatch;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32C;

/**
 * Batches as frames and back. Pure: no state, any thread.
 *
 * <p>Every byte of a frame is under a checksum: the header under the frame's own, a payload under
 * its entry's, which stands in the header and covers group and index too. A frame whose number of
 * payloads is not that of its entries is damaged as well, so a flipped tag cannot hide a payload.
 *
 * <p>A batch becomes several frames if it is large, so that a frame stays well below what the
 * receiver takes. Heartbeats follow the other messages of their frame; Raft bears that.
 */
public final class PeerFrameCodec {
  /** Bytes of payloads after which a frame is closed. A larger single message goes alone. */
  static final int FRAME_PAYLOAD_BYTES = 1 << 20;

  /** Messages after which a frame is closed; bounds its header to about 4 MiB. */
  static final int FRAME_MESSAGES = 20_000;

  /** What a frame held. */
  public sealed interface Decoded {
    /** A sound batch. */
    record Sound(PeerBatch batch) implements Decoded {}

    /** Bytes that are not what the sender sent; nothing of them may be used. */
    record Damaged(String why) implements Decoded {}
  }

  private PeerFrameCodec() {}

  /** Frames of a batch, in order. */
  public static List<PeerFrame> encode(PeerBatch batch) {
    List<PeerFrame> frames = new ArrayList<>(1);
    FrameBuilder frame = new FrameBuilder();
    for (Leadership leadership : batch.leaderships()) {
      frame.header.addLeaderships(
          dev.almadia.internal.v1.Leadership.newBuilder()
              .setGroupId(leadership.groupId())
              .setTerm(leadership.term())
              .setLeaderBrokerId(leadership.leaderBrokerId()));
      frame = frame.nextIfFull(frames);
    }
    for (GroupMessage message : batch.messages()) {
      frame.add(message);
      frame = frame.nextIfFull(frames);
    }
    if (frame.messages > 0 || frames.isEmpty()) {
      frames.add(frame.build());
    }
    return frames;
  }

  /**
   * The batch of a frame.
   *
   * @param from broker id of the sender, as its hello said
   * @param to this broker
   */
  public static Decoded decode(int from, int to, PeerFrame frame) {
    if (crc(frame.getHeader()) != frame.getHeaderCrc32C()) {
      return new Decoded.Damaged("the header's checksum is wrong");
    }
    try {
      PeerHeader header = PeerHeader.parseFrom(frame.getHeader());
      return new FrameReader(from, to, frame.getPayloadsList()).read(header);
    } catch (InvalidProtocolBufferException | IllegalArgumentException e) {
      // The checksum is right, so the sender made it like that: a newer version, or a defect.
      return new Decoded.Damaged("the header is not of this version: " + e.getMessage());
    }
  }

  static int crc(ByteString bytes) {
    CRC32C crc = new CRC32C();
    bytes.asReadOnlyByteBufferList().forEach(crc::update);
    return (int) crc.getValue();
  }

  /** A frame that is being filled. */
  private static final class FrameBuilder {
    private final PeerHeader.Builder header = PeerHeader.newBuilder();
    private final PeerFrame.Builder frame = PeerFrame.newBuilder();
    private final BeatColumns heartbeats = new BeatColumns(false);
    private final BeatColumns answers = new BeatColumns(true);
    private int messages;
    private long payloadBytes;

    void add(GroupMessage message) {
      messages++;
      if (message.message() instanceof Message.Heartbeat beat) {
        heartbeats.add(message, beat.commitIndex(), beat.readRound());
      } else if (message.message() instanceof Message.HeartbeatResponse answer) {
        answers.add(message, answer.verifiedIndex(), answer.readRound());
      } else {
        header.addMessages(MessageCodec.encode(message));
        if (message.message() instanceof Message.AppendRequest append) {
          append.entries().forEach(this::addPayload);
        } else if (message.message() instanceof Message.ResetLog reset) {
          Checkpoint checkpoint = reset.checkpoint();
          payloadBytes += checkpoint == null ? 0 : checkpoint.state().length;
        }
      }
    }

    private void addPayload(Entry entry) {
      payloadBytes += entry.payload().length;
      // Entries are immutable, so their arrays may be wrapped instead of copied.
      frame.addPayloads(UnsafeByteOperations.unsafeWrap(entry.payload()));
    }

    FrameBuilder nextIfFull(List<PeerFrame> frames) {
      if (messages + header.getLeadershipsCount() < FRAME_MESSAGES
          && payloadBytes < FRAME_PAYLOAD_BYTES) {
        return this;
      }
      frames.add(build());
      return new FrameBuilder();
    }

    PeerFrame build() {
      heartbeats.addTo(header);
      answers.addTo(header);
      ByteString bytes = header.build().toByteString();
      return frame.setHeader(bytes).setHeaderCrc32C(crc(bytes)).build();
    }
  }

  /** Heartbeats in columns: a group costs a few bytes. */
  private static final class BeatColumns {
    private final Beats.Builder columns;
    private long lastGroup;
    private boolean laterLives;

    BeatColumns(boolean answers) {
      columns = Beats.newBuilder().setAnswers(answers);
    }

    void add(GroupMessage beat, long index, long readRound) {
      Message message = beat.message();
      int fromLife = ReplicaId.life(message.from());
      int toLife = ReplicaId.life(message.to());
      columns.addGroupIdDeltas(beat.groupId() - lastGroup).addTerms(message.term());
      columns.addIndexes(index).addReadRounds(readRound);
      columns.addFromLives(fromLife).addToLives(toLife);
      laterLives |= fromLife != 0 || toLife != 0;
      lastGroup = beat.groupId();
    }

    void addTo(PeerHeader.Builder header) {
      if (!laterLives) {
        // As it is almost everywhere: then lives cost nothing.
        columns.clearFromLives().clearToLives();
      }
      if (columns.getTermsCount() > 0) {
        header.addBeats(columns);
      }
    }
  }

  /** Reads one frame. */
  private static final class FrameReader {
    private final int from;
    private final int to;
    private final List<ByteString> payloads;
    private final List<GroupMessage> messages = new ArrayList<>();
    private int nextPayload;

    FrameReader(int from, int to, List<ByteString> payloads) {
      this.from = from;
      this.to = to;
      this.payloads = payloads;
    }

    Decoded read(PeerHeader header) {
      for (dev.almadia.internal.v1.GroupMessage message : header.getMessagesList()) {
        int entries = message.getAppendRequest().getEntriesCount();
        if (payloads.size() - nextPayload < entries) {
          return new Decoded.Damaged("payloads are missing");
        }
        Message decoded =
            MessageCodec.decode(
                from, to, message, payloads.subList(nextPayload, nextPayload + entries));
        nextPayload += entries;
        if (decoded instanceof Message.AppendRequest append) {
          for (Entry entry : append.entries()) {
            if (!entry.isIntact(message.getGroupId())) {
              return new Decoded.Damaged(
                  "entry " + entry + " of group " + message.getGroupId() + " has a wrong checksum");
            }
          }
        }
        messages.add(new GroupMessage(message.getGroupId(), decoded));
      }
      if (nextPayload != payloads.size()) {
        return new Decoded.Damaged("there are more payloads than entries");
      }
      header.getBeatsList().forEach(this::readBeats);
      List<Leadership> leaderships =
          header.getLeadershipsList().stream()
              .map(l -> new Leadership(l.getGroupId(), l.getTerm(), l.getLeaderBrokerId()))
              .toList();
      return new Decoded.Sound(new PeerBatch(messages, leaderships));
    }

    private void readBeats(Beats beats) {
      int count = beats.getTermsCount();
      if (beats.getGroupIdDeltasCount() != count
          || beats.getIndexesCount() != count
          || beats.getReadRoundsCount() != count
          || beats.getFromLivesCount() != beats.getToLivesCount()
          || (beats.getFromLivesCount() != count && beats.getFromLivesCount() != 0)) {
        throw new IllegalArgumentException("columns of unequal length");
      }
      boolean hasLives = beats.getFromLivesCount() > 0;
      long group = 0;
      for (int row = 0; row < count; row++) {
        group += beats.getGroupIdDeltas(row);
        long term = beats.getTerms(row);
        long index = beats.getIndexes(row);
        long readRound = beats.getReadRounds(row);
        int sender = ReplicaId.of(from, hasLives ? beats.getFromLives(row) : 0);
        int meant = ReplicaId.of(to, hasLives ? beats.getToLives(row) : 0);
        messages.add(
            new GroupMessage(
                group,
                beats.getAnswers()
                    ? new Message.HeartbeatResponse(sender, meant, term, index, readRound)
                    : new Message.Heartbeat(sender, meant, term, index, readRound)));
      }
    }
  }
}
