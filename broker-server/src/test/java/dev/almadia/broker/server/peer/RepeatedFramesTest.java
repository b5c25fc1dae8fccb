// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.server.peer;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.almadia.internal.v1.PeerFrame;
import dev.almadia.raft.core.Message;
import dev.almadia.raft.link.GroupMessage;
import dev.almadia.raft.link.Leadership;
import dev.almadia.raft.link.PeerBatch;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** {@link SentFrames} and {@link ReceivedFrames}: the same is not made twice, and all else is. */
class RepeatedFramesTest {
  private static final int FROM = 2;
  private static final int TO = 3;

  private final SentFrames sent = new SentFrames();
  private final ReceivedFrames received = new ReceivedFrames(TO);

  @Test
  void beatsThatWereSentBeforeHaveTheirFramesAgain() {
    List<GroupMessage> beats = beats(100);

    List<PeerFrame> first = sent.encode(new PeerBatch(beats, List.of()));
    List<GroupMessage> again = new ArrayList<>();
    beats.forEach(beat -> again.add(new GroupMessage(beat.groupId(), beat.message())));

    assertThat(sent.encode(new PeerBatch(again, List.of())).get(0)).isSameAs(first.get(0));
  }

  @Test
  void aFrameThatCameBeforeIsTheBatchThatItWas() {
    PeerFrame frame = PeerFrameCodec.encode(new PeerBatch(beats(100), List.of())).get(0);
    PeerBatch first = soundBatch(received.decode(FROM, frame));

    PeerFrame again = frame.toBuilder().setHeader(copy(frame.getHeader())).build();

    assertThat(soundBatch(received.decode(FROM, again))).isSameAs(first);
  }

  @Test
  void whatWasReceivedBeforeIsNoExcuseForADamagedFrame() {
    PeerFrame frame = PeerFrameCodec.encode(new PeerBatch(beats(100), List.of())).get(0);
    assertThat(received.decode(FROM, frame)).isInstanceOf(PeerFrameCodec.Decoded.Sound.class);

    byte[] flipped = frame.getHeader().toByteArray();
    flipped[50] ^= 4;
    PeerFrame otherHeader = frame.toBuilder().setHeader(ByteString.copyFrom(flipped)).build();
    PeerFrame otherCrc = frame.toBuilder().setHeaderCrc32C(frame.getHeaderCrc32C() ^ 4).build();
    PeerFrame morePayloads = frame.toBuilder().addPayloads(ByteString.copyFromUtf8("x")).build();

    assertThat(List.of(otherHeader, otherCrc, morePayloads))
        .allMatch(bad -> received.decode(FROM, bad) instanceof PeerFrameCodec.Decoded.Damaged);
  }

  @Test
  void theSameBytesOfAnotherSenderAreAnotherBatch() {
    PeerFrame frame = PeerFrameCodec.encode(new PeerBatch(beats(100), List.of())).get(0);
    PeerBatch first = soundBatch(received.decode(FROM, frame));

    PeerBatch other = soundBatch(received.decode(FROM + 2, frame));

    assertThat(first.messages()).allMatch(message -> message.message().from() == FROM);
    assertThat(other.messages()).allMatch(message -> message.message().from() == FROM + 2);
  }

  @Test
  void whateverIsSentTheFramesAndBatchesAreThoseOfTheCodec() {
    Random random = new Random(1);
    List<GroupMessage> pool = beats(40);
    for (int round = 0; round < 2_000; round++) {
      int from = random.nextInt(3);
      List<GroupMessage> messages = new ArrayList<>(pool.subList(from, 20 + random.nextInt(4)));
      if (random.nextInt(4) == 0) {
        int changed = random.nextInt(messages.size());
        messages.set(changed, beat(messages.get(changed).groupId(), random.nextInt(3)));
      }
      List<Leadership> leaderships =
          random.nextInt(8) == 0 ? List.of(new Leadership(1, 2, 3)) : List.of();
      PeerBatch batch = new PeerBatch(messages, leaderships);

      List<PeerFrame> frames = sent.encode(batch);

      assertThat(frames).isEqualTo(PeerFrameCodec.encode(batch));
      PeerBatch arrived = soundBatch(received.decode(FROM, frames.get(0)));
      assertThat(arrived.messages()).isEqualTo(messages);
      assertThat(arrived.leaderships()).isEqualTo(leaderships);
    }
  }

  private static PeerBatch soundBatch(PeerFrameCodec.Decoded decoded) {
    assertThat(decoded).isInstanceOf(PeerFrameCodec.Decoded.Sound.class);
    return ((PeerFrameCodec.Decoded.Sound) decoded).batch();
  }

  private static ByteString copy(ByteString bytes) {
    return ByteString.copyFrom(bytes.toByteArray());
  }

  private static List<GroupMessage> beats(int count) {
    List<GroupMessage> beats = new ArrayList<>();
    for (int group = 0; group < count; group++) {
      beats.add(beat(1024 + group, 5));
    }
    return beats;
  }

  private static GroupMessage beat(long group, long readRound) {
    return new GroupMessage(group, new Message.Heartbeat(FROM, TO, 7, 100_000, readRound));
  }
}
