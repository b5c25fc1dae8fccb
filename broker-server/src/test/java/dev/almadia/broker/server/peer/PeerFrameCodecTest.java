// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.server.peer;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.almadia.internal.v1.PeerFrame;
import dev.almadia.internal.v1.PeerHeader;
import dev.almadia.raft.core.Entry;
import dev.almadia.raft.core.EntryDraft;
import dev.almadia.raft.core.EntryId;
import dev.almadia.raft.core.EntryKind;
import dev.almadia.raft.core.Message;
import dev.almadia.raft.core.config.GroupConfig;
import dev.almadia.raft.core.config.ReplicaId;
import dev.almadia.raft.core.log.Checkpoint;
import dev.almadia.raft.core.log.LogStart;
import dev.almadia.raft.link.GroupMessage;
import dev.almadia.raft.link.Leadership;
import dev.almadia.raft.link.PeerBatch;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PeerFrameCodecTest {
  private static final int FROM = 2;
  private static final int TO = 3;

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void whatIsSentIsWhatArrives(long seed) {
    Random random = new Random(seed);
    for (int round = 0; round < 100; round++) {
      List<GroupMessage> messages = new ArrayList<>();
      for (int i = random.nextInt(40); i > 0; i--) {
        messages.add(randomMessage(random));
      }
      List<Leadership> leaderships = new ArrayList<>();
      for (int i = random.nextInt(4); i > 0; i--) {
        leaderships.add(new Leadership(random.nextLong(), random.nextLong(), random.nextInt()));
      }

      PeerBatch arrived = roundTrip(new PeerBatch(messages, leaderships));

      // Beats are packed behind the other messages; within each kind the order is kept.
      assertThat(texts(arrived.messages(), false)).isEqualTo(texts(messages, false));
      assertThat(texts(arrived.messages(), true))
          .containsExactlyInAnyOrderElementsOf(texts(messages, true));
      assertThat(arrived.leaderships()).isEqualTo(leaderships);
    }
  }

  @Test
  void aFlippedBitAnywhereIsDetected() {
    PeerBatch batch = sample();
    byte[] bytes = PeerFrameCodec.encode(batch).get(0).toByteArray();
    for (int bit = 0; bit < bytes.length * 8; bit++) {
      byte[] flipped = bytes.clone();
      flipped[bit / 8] ^= (byte) (1 << (bit % 8));
      assertThat(isRefused(flipped)).as("bit %d of %d", bit, bytes.length * 8).isTrue();
    }
  }

  @Test
  void anEntryOfAnotherGroupIsNoEntryOfThisOne() {
    Entry foreign = entry(77, 1, 1, new byte[] {1, 2, 3});
    PeerFrame frame =
        PeerFrameCodec.encode(new PeerBatch(List.of(append(78, 0, List.of(foreign))), List.of()))
            .get(0);

    assertThat(PeerFrameCodec.decode(FROM, TO, frame))
        .isInstanceOf(PeerFrameCodec.Decoded.Damaged.class);
  }

  @Test
  void aLargeBatchBecomesSeveralFramesInOrder() {
    List<GroupMessage> messages = new ArrayList<>();
    for (int i = 1; i <= 5; i++) {
      messages.add(append(9, i - 1, List.of(entry(9, 1, i, new byte[700_000]))));
    }
    PeerBatch batch = new PeerBatch(messages, List.of());

    List<PeerFrame> frames = PeerFrameCodec.encode(batch);

    assertThat(frames).hasSize(3);
    assertThat(frames).allMatch(frame -> frame.getSerializedSize() < 3 << 20);
    assertThat(texts(roundTrip(batch).messages(), false)).isEqualTo(texts(messages, false));
  }

  @Test
  void aHeartbeatCostsAFewBytes() {
    List<GroupMessage> beats = new ArrayList<>();
    for (int group = 0; group < 1000; group++) {
      beats.add(new GroupMessage(1024 + group, new Message.Heartbeat(FROM, TO, 7, 100_000, 5)));
    }

    List<PeerFrame> frames = PeerFrameCodec.encode(new PeerBatch(beats, List.of()));

    assertThat(frames).hasSize(1);
    assertThat(frames.get(0).getSerializedSize()).isLessThan(7_000);
  }

  @Test
  void livesCostNothingAsLongAsAllAreTheFirst() {
    Message.Heartbeat first = new Message.Heartbeat(FROM, TO, 7, 100_000, 5);
    Message.Heartbeat second = new Message.Heartbeat(ReplicaId.of(FROM, 1), TO, 7, 100_000, 5);
    int plain = headerBytes(new GroupMessage(1, first), new GroupMessage(2, first));

    assertThat(headerBytes(new GroupMessage(1, first), new GroupMessage(2, second)) - plain)
        .isEqualTo(8);
    assertThat(plain).isLessThan(32);
  }

  private static int headerBytes(GroupMessage... messages) {
    PeerBatch batch = new PeerBatch(List.of(messages), List.of());
    return PeerFrameCodec.encode(batch).get(0).getHeader().size();
  }

  @Test
  void aLifeThatThereCannotBeIsDamage() throws InvalidProtocolBufferException {
    GroupMessage message = new GroupMessage(1, new Message.TimeoutNow(FROM, TO, 7));
    PeerFrame frame = PeerFrameCodec.encode(new PeerBatch(List.of(message), List.of())).get(0);
    PeerHeader.Builder header = PeerHeader.parseFrom(frame.getHeader()).toBuilder();
    header.getMessagesBuilder(0).setFromLife(ReplicaId.LIFE_MAX + 1);
    ByteString bytes = header.build().toByteString();

    PeerFrame wrong =
        frame.toBuilder().setHeader(bytes).setHeaderCrc32C(PeerFrameCodec.crc(bytes)).build();

    assertThat(PeerFrameCodec.decode(FROM, TO, wrong))
        .isInstanceOf(PeerFrameCodec.Decoded.Damaged.class);
  }

  private static boolean isRefused(byte[] bytes) {
    PeerFrame frame;
    try {
      frame = PeerFrame.parseFrom(bytes);
    } catch (InvalidProtocolBufferException e) {
      return true; // the stream ends with a status
    }
    return PeerFrameCodec.decode(FROM, TO, frame) instanceof PeerFrameCodec.Decoded.Damaged;
  }

  private static PeerBatch roundTrip(PeerBatch batch) {
    List<GroupMessage> messages = new ArrayList<>();
    List<Leadership> leaderships = new ArrayList<>();
    for (PeerFrame frame : PeerFrameCodec.encode(batch)) {
      PeerFrameCodec.Decoded decoded = PeerFrameCodec.decode(FROM, TO, frame);
      assertThat(decoded).isInstanceOf(PeerFrameCodec.Decoded.Sound.class);
      PeerBatch part = ((PeerFrameCodec.Decoded.Sound) decoded).batch();
      messages.addAll(part.messages());
      leaderships.addAll(part.leaderships());
    }
    return new PeerBatch(messages, leaderships);
  }

  private static List<String> texts(List<GroupMessage> messages, boolean beats) {
    return messages.stream()
        .filter(m -> isBeat(m.message()) == beats)
        .map(m -> m.groupId() + " " + describe(m.message()))
        .toList();
  }

  private static boolean isBeat(Message message) {
    return message.kind() == Message.Kind.HEARTBEAT
        || message.kind() == Message.Kind.HEARTBEAT_RESPONSE;
  }

  /** Entries compare by identity, so compare what they say. */
  private static String describe(Message message) {
    if (!(message instanceof Message.AppendRequest append)) {
      return message.toString();
    }
    StringBuilder text = new StringBuilder("append " + append.from() + ">" + append.to());
    text.append(' ').append(append.term()).append(append.prev()).append(append.prevNextOffset());
    text.append(' ').append(append.commitIndex());
    for (Entry entry : append.entries()) {
      text.append(' ').append(entry.header()).append(java.util.Arrays.hashCode(entry.payload()));
    }
    return text.toString();
  }

  private static PeerBatch sample() {
    List<GroupMessage> messages = new ArrayList<>();
    messages.add(
        append(
            1025,
            4,
            List.of(
                entry(1025, 2, 5, "hello".getBytes(java.nio.charset.StandardCharsets.UTF_8)),
                entry(1025, 2, 6, new byte[0]),
                entry(1025, 3, 7, new byte[] {0, 0, 0}))));
    messages.add(new GroupMessage(1026, new Message.Heartbeat(FROM, TO, 3, 17, 1)));
    messages.add(new GroupMessage(1030, new Message.HeartbeatResponse(FROM, TO, 3, 17, 1)));
    messages.add(
        new GroupMessage(7, new Message.VoteRequest(FROM, TO, 9, new EntryId(8, 100), false)));
    return new PeerBatch(messages, List.of(new Leadership(1026, 3, FROM)));
  }

  private static GroupMessage append(long group, long prevIndex, List<Entry> entries) {
    return new GroupMessage(
        group, new Message.AppendRequest(FROM, TO, 3, new EntryId(1, prevIndex), 10, 4, entries));
  }

  private static Entry entry(long group, long term, long index, byte[] payload) {
    return Entry.seal(
        group, new EntryId(term, index), new EntryDraft(EntryKind.DATA, index * 10, 99, payload));
  }

  private static Message.ResetLog reset(int from, int to, long term, EntryId start) {
    GroupConfig config = new GroupConfig(List.of(1, 2), List.of(2, 3), List.of(4), 9);
    EntryId id = new EntryId(start.term(), start.index() + 5);
    Checkpoint checkpoint = new Checkpoint(id, new byte[] {1, 2, 3});
    return new Message.ResetLog(
        from, to, term, new LogStart(start, 7, start.index()), config, start.index(), checkpoint);
  }

  /** A reset wipes what its receiver has. */
  @Test
  void aResetThatNoLeaderSaysIsDamage() {
    Message.ResetLog good = reset(FROM, TO, 9, new EntryId(9, 50));
    assertThat(arrives(good)).isTrue();
    LogStart place = good.start();
    GroupConfig config = good.config();
    List<Message.ResetLog> bad =
        List.of(
            reset(FROM, TO, 8, new EntryId(9, 50)),
            reset(FROM, TO, 9, new EntryId(0, 50)),
            reset(FROM, TO, 9, new EntryId(9, 0)),
            reset(FROM, TO, 9, new EntryId(9, -3)),
            new Message.ResetLog(FROM, TO, 9, place, config, 51, good.checkpoint()),
            new Message.ResetLog(FROM, TO, 9, place, config, -1, good.checkpoint()),
            new Message.ResetLog(
                FROM, TO, 9, new LogStart(place.id(), -1, 0), config, 0, good.checkpoint()),
            good.with(new Checkpoint(new EntryId(9, 49), new byte[0])),
            good.with(new Checkpoint(new EntryId(8, 55), new byte[0])),
            good.with(new Checkpoint(new EntryId(10, 55), new byte[0])));
    assertThat(bad).noneMatch(PeerFrameCodecTest::arrives);
  }

  private static boolean arrives(Message message) {
    PeerBatch batch = new PeerBatch(List.of(new GroupMessage(4, message)), List.of());
    return PeerFrameCodec.decode(FROM, TO, PeerFrameCodec.encode(batch).get(0))
        instanceof PeerFrameCodec.Decoded.Sound;
  }

  private static GroupMessage randomMessage(Random random) {
    long group = random.nextInt(10_000);
    long term = random.nextLong(1L << 40);
    EntryId at = new EntryId(random.nextInt(100), random.nextInt(1000));
    boolean flag = random.nextBoolean();
    int from = ReplicaId.of(FROM, random.nextInt(10) == 0 ? 1 + random.nextInt(9) : 0);
    int to = ReplicaId.of(TO, random.nextInt(10) == 0 ? ReplicaId.LIFE_MAX : 0);
    Message message =
        switch (random.nextInt(11)) {
          case 0 -> new Message.PreVoteRequest(from, to, term, at, flag);
          case 1 -> new Message.PreVoteResponse(from, to, term, flag);
          case 2 -> new Message.VoteRequest(from, to, term, at, flag);
          case 3 -> new Message.VoteResponse(from, to, term, flag);
          case 4 -> new Message.AppendResponse(from, to, term, flag, 5, random.nextInt(9), at);
          case 5 -> new Message.Heartbeat(from, to, term, random.nextInt(), random.nextLong());
          case 6 ->
              new Message.HeartbeatResponse(from, to, term, random.nextInt(), random.nextLong());
          case 7 -> new Message.TimeoutNow(from, to, term);
          case 8 -> reset(from, to, 100 + term, new EntryId(1 + at.term(), 1 + at.index()));
          case 9 -> new Message.ResetResponse(from, to, term, random.nextInt());
          default -> {
            List<Entry> entries = new ArrayList<>();
            for (int i = random.nextInt(4); i > 0; i--) {
              byte[] payload = new byte[random.nextInt(300)];
              random.nextBytes(payload);
              entries.add(entry(group, 3, at.index() + entries.size() + 1, payload));
            }
            yield new Message.AppendRequest(
                from, to, term, at, random.nextInt(), random.nextInt(), entries);
          }
        };
    return new GroupMessage(group, message);
  }
}
