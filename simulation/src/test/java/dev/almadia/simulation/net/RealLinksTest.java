// SPDX-License-Identifier: Apache-2.0
package dev.almadia.simulation.net;

import static org.assertj.core.api.Assertions.assertThat;

import dev.almadia.broker.core.metadata.MetadataImage;
import dev.almadia.broker.server.config.Endpoint;
import dev.almadia.broker.server.peer.GrpcPeerLinks;
import dev.almadia.broker.server.peer.HelloRules;
import dev.almadia.broker.server.peer.PeerWorld;
import dev.almadia.raft.core.Message;
import dev.almadia.raft.link.GroupMessage;
import dev.almadia.raft.link.Lane;
import dev.almadia.raft.link.PeerBatch;
import dev.almadia.raft.link.PeerInbox;
import dev.almadia.simulation.kernel.SimProcess;
import dev.almadia.simulation.kernel.SimTimers;
import io.grpc.ServerServiceDefinition;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** The real links of Raft, with their real streams, on the simulated network. */
class RealLinksTest {
  private static final long SECOND = 1000;

  /** A broker with links only. */
  private static final class Node implements PeerInbox {
    final SimProcess process;
    final GrpcPeerLinks links;
    final List<Long> received = new ArrayList<>();
    final List<String> notices = new ArrayList<>();

    Node(World world, int id) {
      process = world.start(id);
      HelloRules rules =
          new HelloRules(
              id, "life", () -> "cluster", () -> MetadataImage.EMPTY, () -> Set.of(1, 2));
      PeerWorld peers =
          new PeerWorld(
              id,
              rules,
              other -> new Endpoint("b", other),
              new SimTimers(process, 0),
              process::nanoTime,
              1 << 20);
      links =
          new GrpcPeerLinks(
              peers,
              this,
              new SimpleMeterRegistry(),
              address -> new SimChannel(world.network, process, address.port(), "internal"));
      List<ServerServiceDefinition> services =
          links.services().stream().map(service -> service.bindService()).toList();
      var unused = new SimServer(world.network, process, "internal", services).start();
      process.run(() -> links.connectTo(List.of(1, 2)));
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
  private final Node one = new Node(world, 1);
  private final Node two = new Node(world, 2);

  @Test
  void carryFramesAndNoticeAnEndAndAReturn() {
    world.runMillis(3 * SECOND);
    assertThat(one.notices).endsWith("+2");
    PeerBatch batch =
        new PeerBatch(
            List.of(new GroupMessage(7, new Message.Heartbeat(1, 2, 3, 4, 5))), List.of());
    assertThat(one.links.send(2, Lane.CONTROL, batch)).isTrue();
    world.runMillis(10);
    assertThat(two.received).containsExactly(7L);

    world.kill(two.process);
    world.runMillis(10);
    assertThat(one.notices).endsWith("-2");
    assertThat(one.links.send(2, Lane.CONTROL, batch)).isFalse();
    Node again = new Node(world, 2);
    world.runMillis(5 * SECOND);
    assertThat(one.links.isConnected(2)).isTrue();
    assertThat(again.links.isConnected(1)).isTrue();
  }

  @Test
  void noticeASilentDirectionAndRecover() {
    world.runMillis(3 * SECOND);
    world.network.cut(1, 2);
    world.runMillis(20 * SECOND);
    assertThat(one.links.isConnected(2)).isFalse();
    assertThat(two.links.isConnected(1)).isFalse();
    world.network.heal();
    world.runMillis(10 * SECOND);
    assertThat(one.links.isConnected(2)).isTrue();
    assertThat(two.links.isConnected(1)).isTrue();
  }
}
