// SPDX-License-Identifier: Apache-2.0
package dev.almadia.cli;

import dev.almadia.client.Admin;
import dev.almadia.client.AlmadiaClient;
import dev.almadia.client.AlmadiaException;
import dev.almadia.client.HostAndPort;
import dev.almadia.client.Producer;
import dev.almadia.client.ProducerOptions;
import dev.almadia.client.ReadRecord;
import dev.almadia.client.Stretch;
import dev.almadia.client.Subscription;
import dev.almadia.v1.CreateTopicRequest;
import dev.almadia.v1.Partition;
import dev.almadia.v1.Record;
import dev.almadia.v1.ReplicaState;
import dev.almadia.v1.ResolvedOffset;
import dev.almadia.v1.Topic;
import dev.almadia.v1.VerifyPartitionResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** The steps of the demo, in order. Everything but start and kill goes through the public API. */
final class DemoRun {
  private static final String TOPIC = "orders";
  private static final int PARTITIONS = 6;
  private static final int EVENTS_PER_SECOND = 2_500;
  private static final Duration CALL_TIMEOUT = Duration.ofSeconds(10);
  private static final long WAIT_SECONDS = 60;
  private static final long POLL_MS = 20;

  private final Console console;
  private final boolean decorated;
  private final DemoCluster cluster;
  private final Path data;

  DemoRun(Console console, boolean decorated, DemoCluster cluster, Path data) {
    this.console = console;
    this.decorated = decorated;
    this.cluster = cluster;
    this.data = data;
  }

  /** Shows all steps. False if something could not be verified; that was said. */
  boolean show(List<Record> events) throws InterruptedException {
    say("Almadia demo: three brokers, one kill, nothing lost.");
    say("");
    for (int id = 1; id <= DemoCluster.BROKERS; id++) {
      cluster.start(id);
    }
    List<HostAndPort> addresses = HostAndPort.parseList(cluster.servers());
    try (AlmadiaClient client = AlmadiaClient.connect(addresses, CALL_TIMEOUT)) {
      Admin admin = client.admin();
      await("the cluster is healthy", () -> admin.health().getHealthy());
      ok("three brokers run: " + cluster.servers() + " (logs: " + data.resolve("demo.log") + ")");
      createTopic(admin);
      DemoLedger ledger = new DemoLedger(events);
      int killed = produceAndKill(client, events, ledger);
      if (killed == 0 || !compare(client, ledger, events.size())) {
        return false;
      }
      restart(admin, killed);
      return verify(admin);
    } catch (AlmadiaException e) {
      console.say(Errors.line("demo", e));
      return false;
    }
  }

  /** What to try next. */
  void invite() {
    String server = " --server " + cluster.servers();
    say("");
    say("The cluster stays up until you press Ctrl-C. In another terminal, try:");
    say("");
    say("  almadia topics list" + server);
    say("  almadia partitions list orders" + server);
    say("  almadia consume orders --offset -5 --until-end" + server);
    say("  echo 'hello' | almadia produce orders -k me" + server);
    say("  almadia cluster health" + server);
    say("");
    say("(From a source tree the command is ./almadia.)");
  }

  private void createTopic(Admin admin) throws InterruptedException {
    Topic topic =
        Topic.newBuilder()
            .setTopic(TOPIC)
            .setPartitions(PARTITIONS)
            .setReplicationFactor(DemoCluster.BROKERS)
            .build();
    var unused = admin.createTopic(CreateTopicRequest.newBuilder().setTopic(topic).build());
    await("every partition has a leader", () -> leaders(admin).size() == PARTITIONS);
    ok(
        "topic 'orders': 6 partitions, each its own Raft group of 3; leaders: "
            + describe(leaders(admin)));
  }

  private static String describe(Map<Integer, Integer> leaders) {
    Map<Integer, Integer> counts = counts(leaders);
    List<String> parts = new ArrayList<>();
    counts.forEach((broker, count) -> parts.add("broker " + broker + " leads " + count));
    return String.join(", ", parts);
  }

  private static Map<Integer, Integer> counts(Map<Integer, Integer> leaders) {
    Map<Integer, Integer> counts = new TreeMap<>();
    leaders.values().forEach(broker -> counts.merge(broker, 1, Integer::sum));
    return counts;
  }

  /** Leader of each partition that has one. */
  private static Map<Integer, Integer> leaders(Admin admin) {
    Map<Integer, Integer> leaders = new TreeMap<>();
    for (Partition partition : admin.listPartitions(TOPIC)) {
      if (partition.getLeaderBrokerId() != 0) {
        leaders.put(partition.getPartition(), partition.getLeaderBrokerId());
      }
    }
    return leaders;
  }

  /** Returns the broker that was killed, 0 if something went wrong. */
  private int produceAndKill(AlmadiaClient client, List<Record> events, DemoLedger ledger)
      throws InterruptedException {
    Admin admin = client.admin();
    CountDownLatch half = new CountDownLatch(1);
    Thread load = new Thread(() -> produce(client, events, ledger, half), "almadia-demo-produce");
    load.setDaemon(true);
    load.start();
    if (!half.await(WAIT_SECONDS, TimeUnit.SECONDS)) {
      return fail("half of the events were not taken in " + WAIT_SECONDS + " s");
    }
    Map<Integer, Integer> before = leaders(admin);
    int victim = mostLeaders(before);
    int acknowledged = ledger.acknowledged();
    cluster.kill(victim);
    long killedNanos = System.nanoTime();
    ok(
        String.format(
            Locale.ROOT,
            "killed broker %d, leader of %d partitions, after %s of %s events",
            victim,
            counts(before).getOrDefault(victim, 0),
            Units.count(acknowledged),
            Units.count(events.size())));
    showElection(admin, before, victim, killedNanos);
    load.join(TimeUnit.SECONDS.toMillis(WAIT_SECONDS * 2));
    Throwable failure = ledger.failure();
    if (load.isAlive() || failure != null || ledger.acknowledged() < events.size()) {
      return fail(
          Units.count(ledger.acknowledged())
              + " of "
              + Units.count(events.size())
              + " events were acknowledged"
              + (failure == null ? "" : ": " + Errors.oneLine(String.valueOf(failure))));
    }
    ok("producing went on with two brokers: all " + Units.count(events.size()) + " acknowledged");
    return victim;
  }

  private static int mostLeaders(Map<Integer, Integer> leaders) {
    int best = 1;
    int most = -1;
    for (Map.Entry<Integer, Integer> e : counts(leaders).entrySet()) {
      if (e.getValue() > most) {
        best = e.getKey();
        most = e.getValue();
      }
    }
    return best;
  }

  private static void produce(
      AlmadiaClient client, List<Record> events, DemoLedger ledger, CountDownLatch half) {
    // At least once: what had no answer when the broker died is sent again.
    ProducerOptions options = ProducerOptions.defaults().withoutIdempotence().withResend(true);
    long startNanos = System.nanoTime();
    try (Producer producer = client.producer(TOPIC, options)) {
      for (int i = 0; i < events.size(); i++) {
        int event = i;
        long due = startNanos + TimeUnit.SECONDS.toNanos(i) / EVENTS_PER_SECOND;
        for (long left = due - System.nanoTime(); left > 0; left = due - System.nanoTime()) {
          LockSupport.parkNanos(left);
        }
        var unused =
            producer
                .send(events.get(i))
                .whenComplete((place, failure) -> ledger.note(event, place, failure));
        if (i == events.size() / 2) {
          half.countDown();
        }
      }
    } catch (AlmadiaException e) {
      ledger.note(0, null, e);
    } finally {
      half.countDown();
    }
  }

  private void showElection(Admin admin, Map<Integer, Integer> before, int victim, long killedNanos)
      throws InterruptedException {
    Map<Integer, String> elected = new TreeMap<>();
    int orphans = counts(before).getOrDefault(victim, 0);
    await(
        "every partition has a new leader",
        () -> {
          leaders(admin)
              .forEach(
                  (partition, leader) -> {
                    boolean isNew = before.getOrDefault(partition, 0) == victim && leader != victim;
                    if (isNew && !elected.containsKey(partition)) {
                      elected.put(
                          partition,
                          String.format(
                              Locale.ROOT,
                              "    partition %d: broker %d -> broker %d, seen after %d ms",
                              partition,
                              victim,
                              leader,
                              (System.nanoTime() - killedNanos) / 1_000_000));
                    }
                  });
          return elected.size() >= orphans;
        });
    ok("the other replicas elected new leaders:");
    elected.values().forEach(this::say);
  }

  private boolean compare(AlmadiaClient client, DemoLedger ledger, int sent) {
    List<Stretch> stretches = new ArrayList<>();
    for (ResolvedOffset end :
        client.admin().resolveOffsets(TOPIC, List.of(), OffsetRange.end().position())) {
      stretches.add(new Stretch(end.getPartition(), 0, end.getOffset()));
    }
    List<ReadRecord> read = new ArrayList<>();
    long endNanos = System.nanoTime() + TimeUnit.SECONDS.toNanos(WAIT_SECONDS);
    try (Subscription subscription = client.subscribe(TOPIC, stretches)) {
      while (!subscription.isDone() && System.nanoTime() < endNanos) {
        Subscription.Chunk chunk = subscription.poll(Duration.ofMillis(200));
        if (chunk != null) {
          read.addAll(chunk.records());
        }
      }
    }
    DemoLedger.Verdict verdict = ledger.compare(read);
    if (!verdict.problems().isEmpty()) {
      verdict.problems().stream().limit(10).forEach(problem -> say("    " + problem));
      return fail(verdict.problems().size() + " problems in what was read back") != 0;
    }
    ok(
        String.format(
            Locale.ROOT,
            "read back: each of %s acknowledged events is at its offset, in order, %d keys each in"
                + " one partition",
            Units.count(sent),
            verdict.keys()));
    if (verdict.copies() > 0) {
      say(
          String.format(
              Locale.ROOT,
              "    %d events are there twice: they had no answer when the broker died, so the"
                  + " producer sent them again (at least once)",
              verdict.copies()));
    }
    return true;
  }

  private void restart(Admin admin, int killed) throws InterruptedException {
    cluster.start(killed);
    long startNanos = System.nanoTime();
    await(
        "broker " + killed + " has caught up",
        () -> admin.health().getHealthy() && isCaughtUp(admin.listPartitions(TOPIC)));
    ok(
        String.format(
            Locale.ROOT,
            "broker %d started again and caught up after %.1f s",
            killed,
            (System.nanoTime() - startNanos) / 1e9));
  }

  private static boolean isCaughtUp(List<Partition> partitions) {
    for (Partition partition : partitions) {
      for (ReplicaState replica : partition.getReplicasList()) {
        if (!replica.getReachable() || replica.getLagEntries() > 0) {
          return false;
        }
      }
    }
    return true;
  }

  private boolean verify(Admin admin) {
    long records = 0;
    for (int partition = 0; partition < PARTITIONS; partition++) {
      VerifyPartitionResponse answer =
          admin.verifyPartition(TOPIC, partition, Duration.ofSeconds(WAIT_SECONDS));
      if (!answer.getEqual()) {
        return fail("partition " + partition + ": " + PartitionsCommand.note(answer)) != 0;
      }
      records += answer.getRecords();
    }
    ok(
        "all 6 partitions are equal on all three brokers, entry by entry ("
            + Units.count(records)
            + " records)");
    return true;
  }

  /** Waits for a condition; a broker that is not ready yet is part of waiting. */
  private void await(String what, BooleanSupplier condition) throws InterruptedException {
    long endNanos = System.nanoTime() + TimeUnit.SECONDS.toNanos(WAIT_SECONDS);
    while (true) {
      Throwable fatal = cluster.fatal();
      if (fatal != null) {
        throw new CliException(
            ExitCode.FAILED, "a broker failed: " + Errors.oneLine(String.valueOf(fatal)));
      }
      try {
        if (condition.getAsBoolean()) {
          return;
        }
      } catch (AlmadiaException e) {
        if (!e.isTransient()) {
          throw e;
        }
      }
      if (System.nanoTime() > endNanos) {
        throw new CliException(
            ExitCode.FAILED,
            "gave up after "
                + WAIT_SECONDS
                + " s of waiting until "
                + what
                + "; see "
                + data.resolve("demo.log"));
      }
      TimeUnit.MILLISECONDS.sleep(POLL_MS);
    }
  }

  private void ok(String line) {
    say((decorated ? "\u001b[32m\u2714\u001b[0m " : "ok: ") + line);
  }

  private int fail(String line) {
    say((decorated ? "\u001b[31m\u2718\u001b[0m " : "FAILED: ") + line);
    return 0;
  }

  private void say(String line) {
    console.out().println(line);
    boolean unused = console.flush();
  }
}
