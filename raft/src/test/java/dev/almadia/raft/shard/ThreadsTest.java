// SPDX-License-Identifier: Apache-2.0
package dev.almadia.raft.shard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.almadia.raft.core.Entry;
import dev.almadia.raft.core.EntryDraft;
import dev.almadia.raft.core.EntryKind;
import dev.almadia.raft.core.config.GroupConfig;
import dev.almadia.raft.testing.MemoryLogStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Agents on real threads that pause, as a broker runs them: no wake-up may get lost. */
@Timeout(60)
class ThreadsTest {
  private static final int GROUPS = 8;

  /** The longest pause; a lost wake-up costs as much. */
  private static final RaftTimings TIMINGS = new RaftTimings(50, 30, 3);

  private final Map<String, Thread> threads = new ConcurrentHashMap<>();
  private final List<Throwable> fatals = new CopyOnWriteArrayList<>();
  private final RaftNode node = node();
  private final AtomicLong questions = new AtomicLong();
  private final AtomicLong answers = new AtomicLong();
  private final AtomicLong committed = new AtomicLong();

  /** Set by the test, read by the agents' threads. */
  private volatile boolean running = true;

  @Test
  void threadsThatPauseMissNothing() {
    run();
    GroupConfig alone = GroupConfig.ofVoters(List.of(1));
    for (long group = 1; group <= GROUPS; group++) {
      node.open(new GroupSpec(group, 1, alone, true, true, new Silent()), null);
    }
    await()
        .atMost(Duration.ofSeconds(20))
        .until(() -> node.views().stream().filter(GroupView::confirmed).count() == GROUPS);

    // One after the other: each has to wake a shard, the writer, and the shard again.
    int trips = 2_000;
    long startNanos = System.nanoTime();
    for (int i = 0; i < trips; i++) {
      assertThat(propose(1 + i % GROUPS).join()).isPositive();
    }
    long nanosPerTrip = (System.nanoTime() - startNanos) / trips;

    assertThat(nanosPerTrip).as("far below a pause").isLessThan(TIMINGS.tickNanos() / 2);
    assertThat(fatals).isEmpty();
  }

  @Test
  void manyThreadsProposeAndEachIsAnsweredAlsoWhenItStops() throws InterruptedException {
    run();
    GroupConfig alone = GroupConfig.ofVoters(List.of(1));
    node.open(new GroupSpec(1, 1, alone, true, true, new Silent()), null);
    await().atMost(Duration.ofSeconds(20)).until(() -> propose(1).join() > 0);

    List<Thread> clients = new ArrayList<>();
    for (int client = 0; client < 4; client++) {
      Thread thread =
          new Thread(
              () -> {
                for (int i = 0; i < 20_000; i++) {
                  propose(1);
                }
              });
      clients.add(thread);
      thread.start();
    }
    await().atMost(Duration.ofSeconds(20)).until(() -> committed.get() > 100);
    node.stop();
    for (Thread client : clients) {
      client.join();
    }
    await()
        .atMost(Duration.ofSeconds(20))
        .until(() -> node.shards().stream().allMatch(RaftShard::isStopped));

    assertThat(propose(1).join()).isEqualTo(-ProposalFailure.STOPPING.ordinal() - 1L);
    await().atMost(Duration.ofSeconds(20)).until(() -> answers.get() == questions.get());
    assertThat(answers.get()).isGreaterThan(80_000);
    assertThat(fatals).isEmpty();
  }

  @AfterEach
  void end() throws InterruptedException {
    running = false;
    for (Thread thread : threads.values()) {
      LockSupport.unpark(thread);
      thread.join();
    }
  }

  private void run() {
    for (RaftAgent agent : node.agents()) {
      Thread thread =
          new Thread(
              () -> {
                while (running) {
                  if (agent.doWork() == 0) {
                    LockSupport.parkNanos(agent.idleNanos());
                  }
                }
              },
              agent.name());
      threads.put(agent.name(), thread);
      thread.start();
    }
  }

  private RaftNode node() {
    RaftNodeServices.Callbacks callbacks =
        new RaftNodeServices.Callbacks(
            name -> () -> LockSupport.unpark(threads.get(name)),
            (agent, cause) -> fatals.add(cause),
            (from, news) -> {});
    RaftNodeServices services =
        new RaftNodeServices(
            new SystemTime(),
            new MemoryLogStore(),
            (to, lane, batch) -> false,
            Runnable::run,
            callbacks);
    RaftNodeConfig config =
        new RaftNodeConfig(1, 2, TIMINGS, GroupLimits.defaults(), ShardLimits.defaults());
    return new RaftNode(config, services);
  }

  /** The index, or below zero what failed. */
  private CompletableFuture<Long> propose(long group) {
    CompletableFuture<Long> answer = new CompletableFuture<>();
    questions.incrementAndGet();
    node.propose(
        group,
        new Proposal() {
          @Override
          public int costBytes() {
            return 100;
          }

          @Override
          public EntryDraft draft(Place place, StateMachine machine) {
            return new EntryDraft(
                EntryKind.DATA, place.nextOffset() + 1, place.lastMaxTimestampMs(), new byte[36]);
          }

          @Override
          public void onCommitted(long index, long term) {
            answers.incrementAndGet();
            committed.incrementAndGet();
            answer.complete(index);
          }

          @Override
          public void onFailed(ProposalFailure failure) {
            answers.incrementAndGet();
            answer.complete(-failure.ordinal() - 1L);
          }
        });
    return answer;
  }

  /** The machine's clock. */
  private static final class SystemTime implements ShardEnvironment {
    @Override
    public long nanoTime() {
      return System.nanoTime();
    }

    @Override
    public long wallMillis() {
      return System.currentTimeMillis();
    }

    @Override
    public int random(int bound) {
      return ThreadLocalRandom.current().nextInt(bound);
    }
  }

  /** Makes nothing of what it gets. */
  private static final class Silent implements StateMachine {
    @Override
    public boolean keepsLog() {
      return false;
    }

    @Override
    public void apply(Entry entry) {
      // Nothing follows from it.
    }

    @Override
    public byte[] checkpoint() {
      return new byte[0];
    }

    @Override
    public boolean canRestore(byte[] state) {
      return state.length == 0;
    }

    @Override
    public void restore(byte[] state) {
      // There is nothing in it.
    }

    @Override
    public void viewChanged(GroupView view) {
      // Others look at the view when they need it.
    }
  }
}
