// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.server.peer;

import dev.almadia.raft.link.PeerLinks;
import io.grpc.BindableService;
import java.util.Collection;
import java.util.List;

/** The links of Raft to the other brokers, as the broker manages them. Any thread. */
public interface PeerNetwork extends PeerLinks, AutoCloseable {
  /** Keeps links to these brokers from now on. */
  void connectTo(Collection<Integer> brokerIds);

  /** Metadata changed: ends links with brokers that are not who they should be. */
  void recheck();

  /** Whether all streams with the broker are up. */
  boolean isConnected(int brokerId);

  /** What has to be served on the internal port for them. */
  List<BindableService> services();

  /** Closes all streams at once. */
  @Override
  void close();
}
