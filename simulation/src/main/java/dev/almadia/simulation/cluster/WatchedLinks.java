// SPDX-License-Identifier: Apache-2.0
package dev.almadia.simulation.cluster;

import dev.almadia.broker.server.peer.PeerNetwork;
import dev.almadia.raft.link.Lane;
import dev.almadia.raft.link.PeerBatch;
import dev.almadia.simulation.net.SimLinks;
import io.grpc.BindableService;
import java.util.Collection;
import java.util.List;
import java.util.function.Consumer;

/** Links that show what is sent to somebody else too. */
final class WatchedLinks implements PeerNetwork {
  private final SimLinks links;
  private final Consumer<PeerBatch> watcher;

  WatchedLinks(SimLinks links, Consumer<PeerBatch> watcher) {
    this.links = links;
    this.watcher = watcher;
  }

  @Override
  public boolean send(int toBroker, Lane lane, PeerBatch batch) {
    watcher.accept(batch);
    return links.send(toBroker, lane, batch);
  }

  @Override
  public void connectTo(Collection<Integer> brokerIds) {
    links.connectTo(brokerIds);
  }

  @Override
  public void recheck() {
    links.recheck();
  }

  @Override
  public boolean isConnected(int brokerId) {
    return links.isConnected(brokerId);
  }

  @Override
  public List<BindableService> services() {
    return List.of();
  }

  @Override
  public void close() {
    links.close();
  }
}
