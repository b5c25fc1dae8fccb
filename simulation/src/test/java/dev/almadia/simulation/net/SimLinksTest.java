// SPDX-License-Identifier: Apache-2.0
package dev.almadia.simulation.net;

import static org.assertj.core.api.Assertions.assertThat;

import dev.almadia.raft.core.Entry;
import dev.almadia.raft.core.EntryDraft;
import dev.almadia.raft.core.EntryId;
import dev.almadia.raft.core.EntryKind;
import dev.almadia.raft.core.Message;
import dev.almadia.raft.link.GroupMessage;
import dev.almadia.raft.link.Lane;
import dev.almadia.raft.link.PeerBatch;
import dev.almadia.raft.link.PeerInbox;
import dev.almadia.simulation.kernel.SimProcess;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class SimLinksTest {
  private static final long SECOND = 1000;

  /** A broker with links only. */
  private static final class Node implements PeerInbox {
    final SimProcess process;
    final SimLinks links;
    final List<Long> received = new ArrayList<>();
    final List<String> notices = new ArrayList<>();

    Node(World world, int id, LinkOptions options) {
      process = world.start(id);
      links = new SimLinks(world.network, process, this, options, peer -> true);
      process.run(() -> links.connectTo(List.of(1, 2, 3)));
    }

    @Override
    public void receive(int fromBroker, PeerBatch batch) {
      batch.messages().forEach(message -> received.add(message.groupId()));
    }

    @Override
    public void connected(int brokerId) {
      notices.add("+" + brokerId);
    }

    @Override
    public void disconnected(int brokerId) {
      notices.add("-" + brokerId);
    }
  }

  private final World world = new World();

  private static PeerBatch beat(long group) {
    return new PeerBatch(
        List.of(new GroupMessage(group, new Message.Heartbeat(1, 2, 3, 4, 5))), List.of());
  }

  private static PeerBatch append(long group, int bytes) {
    EntryDraft draft = new EntryDraft(EntryKind.DATA, 1, 1, new byte[bytes]);
    Entry entry = Entry.seal(group, new EntryId(1, 1), draft);
    return new PeerBatch(
        List.of(
            new GroupMessage(
                group,
                new Message.AppendRequest(1, 2, 1, new EntryId(0, 0), 0, 0, List.of(entry)))),
        List.of());
  }

  private List<Node> nodes(LinkOptions options) {
    List<Node> nodes = new ArrayList<>();
    for (int id = 1; id <= 3; id++) {
      nodes.add(new Node(world, id, options));
    }
    long unused =
        world.runUntil(() -> nodes.stream().allMatch(n -> n.notices.size() == 2), 5 * SECOND);
    return nodes;
  }

  private static List<Long> upTo(long count) {
    return LongStream.range(0, count).boxed().toList();
  }

  @Test
  void bringsTheFramesOfALaneInOrderUnderJitter() {
    List<Node> nodes = nodes(LinkOptions.streams().withCodec(0.5));
    world.network.delay(1, 2, 0, 50 * World.MILLI);
    world.network.loss(1, 2, 0.1);
    for (long group = 0; group < 100; group++) {
      assertThat(nodes.get(0).links.send(2, Lane.CONTROL, beat(group))).isTrue();
    }
    world.runMillis(20 * SECOND);
    assertThat(nodes.get(1).received).isEqualTo(upTo(100));
    assertThat(nodes.get(0).notices).containsExactlyInAnyOrder("+2", "+3");
  }

  @Test
  void noticesAtOnceThatAPeerEnded() {
    List<Node> nodes = nodes(LinkOptions.streams());
    world.kill(nodes.get(1).process);
    long millis = world.runUntil(() -> nodes.get(0).notices.contains("-2"), SECOND);
    assertThat(millis).isLessThan(10);
    world.runMillis(10);
    assertThat(nodes.get(0).links.send(2, Lane.CONTROL, beat(1))).isFalse();
    Node again = new Node(world, 2, LinkOptions.streams());
    world.runMillis(3 * SECOND);
    assertThat(nodes.get(0).links.isConnected(2)).isTrue();
    assertThat(again.links.isConnected(1)).isTrue();
  }

  @Test
  void noticesACutOfOneDirectionOnBothSidesAfterTheKeepalive() {
    List<Node> nodes = nodes(LinkOptions.streams());
    world.network.cut(1, 2);
    world.runMillis(3 * SECOND);
    assertThat(nodes.get(0).links.isConnected(2)).isTrue();
    world.runMillis(17 * SECOND);
    assertThat(nodes.get(0).links.isConnected(2)).isFalse();
    assertThat(nodes.get(1).links.isConnected(1)).isFalse();
    assertThat(nodes.get(2).notices).hasSize(2);
    world.network.open(1, 2);
    world.runMillis(10 * SECOND);
    assertThat(nodes.get(0).links.isConnected(2)).isTrue();
    assertThat(nodes.get(1).links.isConnected(1)).isTrue();
  }

  @Test
  void refusesWhatAPausedPeerHasNoRoomFor() {
    List<Node> nodes = nodes(LinkOptions.streams().withLaneBytesMax(10_000));
    nodes.get(1).process.pause();
    int sent = 0;
    while (nodes.get(0).links.send(2, Lane.DATA, append(sent, 1000))) {
      sent++;
    }
    assertThat(sent).isBetween(8, 10);
    assertThat(nodes.get(0).links.send(2, Lane.CONTROL, beat(1))).isTrue();
    world.runMillis(SECOND);
    nodes.get(1).process.resume();
    world.runMillis(SECOND);
    assertThat(nodes.get(1).received).hasSize(sent + 1);
    assertThat(nodes.get(0).links.send(2, Lane.DATA, append(1, 1000))).isTrue();
  }

  @Test
  void losesAndRepeatsAndReordersDatagrams() {
    List<Node> nodes = nodes(LinkOptions.datagrams());
    world.network.loss(1, 2, 0.2);
    world.network.duplicates(1, 2, 0.2);
    world.network.reorder(1, 2, 0.2);
    for (long group = 0; group < 500; group++) {
      assertThat(nodes.get(0).links.send(2, Lane.CONTROL, beat(group))).isTrue();
    }
    world.runMillis(20 * SECOND);
    List<Long> received = nodes.get(1).received;
    assertThat(received).isNotEqualTo(received.stream().sorted().toList());
    assertThat(received.stream().distinct().count())
        .isLessThan(received.size())
        .isBetween(400L, 499L);
  }

  @Test
  void endsALinkOnWhichABitFlipped() {
    List<Node> nodes = nodes(LinkOptions.streams());
    world.network.flips(1, 2, 1);
    for (int i = 0; i < 100; i++) {
      if (nodes.get(0).links.isConnected(2)) {
        assertThat(nodes.get(0).links.send(2, Lane.DATA, append(i, 100))).isTrue();
      }
      world.runMillis(SECOND);
    }
    assertThat(nodes.get(1).received).isEmpty();
    assertThat(nodes.get(0).notices).contains("-2");
    assertThat(nodes.get(1).notices).contains("-1");
    world.network.heal();
    world.runMillis(3 * SECOND);
    assertThat(nodes.get(0).links.isConnected(2)).isTrue();
  }
}
