// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.server;

import dev.almadia.broker.core.BrokerError;
import dev.almadia.broker.core.metadata.BrokerImage;
import dev.almadia.broker.core.metadata.MetadataImage;
import dev.almadia.broker.core.metadata.MetadataResult;
import dev.almadia.broker.core.routing.LeaderTable;
import dev.almadia.internal.v1.MetadataCommand;
import dev.almadia.raft.shard.GroupView;
import dev.almadia.raft.shard.RaftGroups;
import dev.almadia.raft.store.LogStore;
import io.grpc.Deadline;
import io.grpc.ManagedChannel;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The parts of a running broker that its services share. Any thread may call. */
public interface BrokerContext {
  /** This broker's id. */
  int brokerId();

  /** Who this broker is by its disk. */
  BrokerIdentity identity();

  /** The Raft groups of this broker. */
  RaftGroups groups();

  /** The log store; its reads block, so only on {@link #readPool()}. */
  LogStore store();

  /** Newest metadata applied here. */
  MetadataImage image();

  /** Who leads what. */
  LeaderTable leaders();

  /**
   * Channel to another broker's internal port, where the public services are served too, for
   * forwarded calls. Null if metadata does not know the broker.
   */
  @Nullable ManagedChannel channelTo(int brokerId);

  /** Whether the links to the broker are up; true for this broker itself. */
  boolean isReachable(int brokerId);

  /** Bounded pool for reads that block. */
  Executor readPool();

  /** Timers for long polls and waits; tasks must be short. */
  ScheduledExecutorService timers();

  /** Meters. */
  MeterRegistry meters();

  /** Wall clock in milliseconds since 1970. */
  long wallMillis();

  /** The monotonic clock that deadlines and pauses go by. */
  Deadline.Ticker ticker();

  /** Monotonic time in nanoseconds. */
  default long nanoTime() {
    return ticker().nanoTime();
  }

  /** So many milliseconds from now. */
  default Deadline deadlineAfter(long millis) {
    return Deadline.after(millis, TimeUnit.MILLISECONDS, ticker());
  }

  /** A number from 0 to below {@code bound}. */
  int random(int bound);

  /**
   * Hears of every change of this group's view, on the shard thread; must not block. Used to wake
   * long polls. Closing the result ends it.
   */
  AutoCloseable onViewChange(long groupId, Consumer<GroupView> listener);

  /**
   * Proposes a metadata command, if this broker leads the metadata group; completes when it is
   * applied here. Fails with a {@link BrokerException} otherwise.
   */
  CompletableFuture<MetadataResult> proposeMetadata(MetadataCommand command);

  /** Largest message that this broker sends to a client that has not announced more, in bytes. */
  int maxSendBytes();

  /** Why writes are refused at the moment (the disk is nearly full); null if they are not. */
  default @Nullable BrokerError writeRefusal() {
    return null;
  }

  /** How many producers a partition remembers. */
  default int producersPerPartitionMax() {
    return 10_000;
  }

  /** How many record ids a partition remembers. */
  default int recordIdsPerPartitionMax() {
    return 200_000;
  }

  /** A stop has begun: new calls are refused, streams say going_away. */
  boolean isStopping();

  /** Whether clients had better use another broker: this one is drained, or stops. */
  default boolean isLeaving() {
    BrokerImage known = image().brokers().get(brokerId());
    return isStopping() || (known != null && !known.isActive());
  }
}
