#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Acceptance scenarios with real processes, real disks and kill -9.

  acceptance/run.py kill-leader [--events 200000]   a leader dies in the middle of a load
  acceptance/run.py kill-all                        all brokers die at once under load
  acceptance/run.py catch-up [--entries 100000]     a follower far behind, while produce goes on
  acceptance/run.py partitions [--count 500]        many partitions: time to lead, idle cost
  acceptance/run.py failover [--trials 10]          longest gap between acknowledged writes
  acceptance/run.py throughput                      synced produce, batches of 128 KiB
  acceptance/run.py grow-shrink [--rate 2000]       3 to 5 to 3 brokers under load
  acceptance/run.py rolling-drain [--rate 2000]     all brokers restarted by drain under load
  acceptance/run.py wiped-disk [--gib 1]            a broker comes back with an empty disk
  acceptance/run.py wrong-orders                    each is refused in one line
  acceptance/run.py idempotent [--records 1000000]  each record once, while leaders are killed and paused
  acceptance/run.py idempotence-cost [--rounds 5]   throughput with and without numbered records
  acceptance/run.py all

Each scenario ends with one line, `NAME: ok …` with its figures, or `NAME: FAILED …` and exit code 1.
"""

import argparse
import collections
import json
import pathlib
import signal
import statistics
import subprocess
import sys
import tempfile
import time

from cluster import TOP, Cluster, Failed, demand
from idempotent import idempotence_cost, idempotent
from membership import grow_shrink, rolling_drain, wiped_disk, wrong_orders

TOPIC = "orders"


def events_file(directory, count):
    path = pathlib.Path(directory) / f"events-{count}.jsonl"
    if not path.exists():
        subprocess.run([sys.executable, str(TOP / "examples/data/make_orders.py"), "--events", str(count), "--output",
                        str(path)], check=True)
    return path


def read_acks(path):
    """{(partition, offset): line number in the produced file}; a torn last line is left out."""
    acks = {}
    for line in pathlib.Path(path).read_text(encoding="utf-8").split("\n")[:-1]:
        partition, offset, number = (int(x) for x in line.split())
        demand((partition, offset) not in acks, f"two acknowledgements for partition {partition} offset {offset}")
        acks[partition, offset] = number
    return acks


def consume_all(cluster, topic, server=None):
    """{partition: [(offset, key, value)]} as any reader sees it."""
    with tempfile.TemporaryFile("w+") as out:
        process = cluster.popen("consume", topic, "--offset", "start", "--until-end",
                                "-f", "%p\\t%o\\t%k\\t%v\\n", server=server, stdout=out)
        demand(process.wait(timeout=300) == 0, "consume failed")
        out.seek(0)
        records = collections.defaultdict(list)
        for line in out:
            partition, offset, key, value = line.rstrip("\n").split("\t", 3)
            records[int(partition)].append((int(offset), key, value))
    return records


def check_log(cluster, topic, acks, lines):
    """Every acknowledged event is there, at its offset, in order; offsets are dense."""
    records = consume_all(cluster, topic)
    for partition, found in records.items():
        offsets = [r[0] for r in found]
        demand(offsets == list(range(len(offsets))), f"partition {partition}: offsets are not dense")
    for (partition, offset), number in acks.items():
        found = records.get(partition, [])
        demand(offset < len(found), f"LOST: acknowledged partition {partition} offset {offset} is not there")
        event = lines[number - 1]
        demand(found[offset][1] == event["key"] and json.loads(found[offset][2]) == event["value"],
               f"WRONG CONTENT at partition {partition} offset {offset}")
    last = {}
    for (partition, offset), number in sorted(acks.items()):
        demand(number > last.get(partition, 0), f"REORDERED: partition {partition} offset {offset}")
        last[partition] = number
    return sum(len(found) for found in records.values())


def verify_equal(cluster, topic, seconds=120):
    """Waits until all replicas answer and hold the same."""
    end = time.monotonic() + seconds
    while True:
        done = cluster.cli("partitions", "verify", topic, check=False, timeout=300)
        if done.returncode == 0:
            return
        demand(time.monotonic() < end, f"replicas differ or do not answer:\n{done.stdout}{done.stderr}")
        time.sleep(1)


def load(cluster, path, acks, server, extra=()):
    return cluster.popen("produce", TOPIC, "--from-json", "--file", str(path), "--acks", str(acks),
                         *extra, server=server, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)


def wait_lines(path, count, process, seconds=120):
    end = time.monotonic() + seconds
    path = pathlib.Path(path)
    while not path.exists() or path.read_bytes().count(b"\n") < count:
        if process.poll() is not None:
            raise Failed("produce ended before the fault: " + process.stdout.read())
        demand(time.monotonic() < end, f"fewer than {count} acknowledgements after {seconds} s")
        time.sleep(0.02)


def make_topic(cluster, partitions=6, topic=TOPIC):
    cluster.cli("topics", "create", topic, "--partitions", str(partitions), "--replication-factor", "3")
    cluster.wait_healthy()


def kill_leader(cluster, args):
    cluster.start()
    cluster.wait_ready()
    make_topic(cluster)
    path = events_file(cluster.directory, args.events)
    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    counts = cluster.leader_counts(TOPIC)
    victim = max(counts, key=lambda b: (counts[b], -b))
    through = next(b for b in cluster.ids if b != victim)
    acks_path = cluster.directory / "acks-kill-leader"
    started = time.monotonic()
    # A narrow window keeps the load running long enough for the fault to fall into it.
    process = load(cluster, path, acks_path, cluster.endpoint(through), ("--resend", "--batch-bytes", "4KiB"))
    wait_lines(acks_path, args.events // 3, process)
    cluster.kill(victim)
    before = len(read_acks(acks_path))
    demand(before < args.events, "all was acknowledged before the kill: more --events are needed")
    output = process.communicate(timeout=300)[0]
    seconds = time.monotonic() - started
    demand(process.returncode == 0, f"produce: exit {process.returncode}: {output}")
    acks = read_acks(acks_path)
    demand(len(set(acks.values())) == args.events, f"{len(set(acks.values()))} of {args.events} acknowledged")
    # A resend after an unknown outcome may have put an earlier copy into the log; order is that of first copies.
    stored = check_log(cluster, TOPIC, acks, lines)
    cluster.start(victim)
    cluster.wait_ready(victim)
    cluster.wait_healthy()
    verify_equal(cluster, TOPIC)
    return (f"{args.events} events acknowledged in {seconds:.1f} s with broker {victim} killed after {before}; "
            f"{stored} stored ({stored - args.events} resent copies); all replicas equal after its return")


def kill_all(cluster, args):
    cluster.start()
    cluster.wait_ready()
    make_topic(cluster)
    path = events_file(cluster.directory, args.events)
    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    acks_path = cluster.directory / "acks-kill-all"
    process = load(cluster, path, acks_path, cluster.servers(), ("--batch-bytes", "4KiB"))
    wait_lines(acks_path, args.events // 4, process)
    cluster.kill(*cluster.ids)
    process.kill()
    process.communicate()
    demand(len(read_acks(acks_path)) < args.events, "all was acknowledged before the kill: more --events are needed")
    started = time.monotonic()
    cluster.start()
    cluster.wait_ready()
    cluster.wait_healthy()
    seconds = time.monotonic() - started
    acks = read_acks(acks_path)
    demand(acks, "nothing was acknowledged before the kill")
    stored = check_log(cluster, TOPIC, acks, lines)
    verify_equal(cluster, TOPIC)
    return (f"{len(acks)} acknowledged before all three were killed, all there after the restart ({stored} stored); "
            f"healthy {seconds:.1f} s after the start")


def catch_up(cluster, args):
    cluster.start()
    cluster.wait_ready()
    make_topic(cluster, partitions=1)
    leader = int(cluster.partitions(TOPIC)[0]["leaderBrokerId"])
    behind = next(b for b in cluster.ids if b != leader)
    cluster.kill(behind)
    alive = ",".join(cluster.endpoint(b) for b in cluster.ids if b != behind)
    # Streams put small batches together into one entry; unary calls make one entry each.
    gap = ("bench", "gap", "--topic", TOPIC, "--attempt", "5s")
    missing = 0
    while missing < args.entries:
        cluster.cli(*gap, "--rate", "5000", "--duration", "20s", server=alive, check=False, timeout=120)
        missing = int(cluster.partitions(TOPIC)[0]["commitIndex"])
        print(f"  {missing} entries", flush=True)
    before = cluster.rss_bytes(leader)
    background = cluster.popen(*gap, "--rate", "500", "--duration", "20s", "-o", "json", server=alive,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    started = time.monotonic()
    cluster.start(behind)
    cluster.wait_ready(behind)
    peak, caught = before, None
    while background.poll() is None:
        peak = max(peak, cluster.rss_bytes(leader))
        if caught is None and time.monotonic() - started > 2:
            replicas = {int(r["brokerId"]): r for r in cluster.partitions(TOPIC)[0]["replicas"]}
            if int(replicas[behind].get("lastIndex", 0)) > missing and \
                    int(replicas[behind].get("lagEntries", 0)) < 1000:
                caught = time.monotonic() - started
        time.sleep(0.2)
    demand(background.returncode in (0, 7), background.stderr.read())
    verify_equal(cluster, TOPIC)
    demand(caught is not None, "the follower did not catch up while produce went on")
    return (f"{missing} entries behind, caught up {caught:.1f} s after its start while 500/s were produced; leader's "
            f"memory {before >> 20} MiB before, at most {peak >> 20} MiB during")


def partitions(cluster, args):
    cluster.start()
    cluster.wait_ready()
    cluster.wait_healthy()
    rss = {b: cluster.rss_bytes(b) for b in cluster.ids}
    started = time.monotonic()
    cluster.cli("topics", "create", "wide", "--partitions", str(args.count), "--replication-factor", "3")
    while True:
        found = cluster.partitions("wide")
        led = sum(1 for p in found if int(p.get("leaderBrokerId", 0)))
        if led == args.count:
            break
        demand(time.monotonic() - started < 60, f"{led} of {args.count} partitions have leaders after 60 s")
    seconds = time.monotonic() - started
    counts = cluster.leader_counts("wide")
    time.sleep(10)
    cpu = {b: cluster.cpu_seconds(b) for b in cluster.ids}
    time.sleep(30)
    used = sum(cluster.cpu_seconds(b) - cpu[b] for b in cluster.ids) / 30 * 100
    grown = sum(cluster.rss_bytes(b) - rss[b] for b in cluster.ids) / (3 * args.count)
    demand(seconds < 12, f"{seconds:.1f} s until all partitions have leaders")
    return (f"{args.count} partitions x 3 have leaders {seconds:.1f} s after the order (two CLI starts included), spread "
            f"{counts}; idle cluster {used:.1f} % of one core; {grown / 1024:.0f} KiB resident growth per replica")


def failover(cluster, args):
    cluster.start()
    cluster.wait_ready()
    make_topic(cluster, partitions=1)
    # A cold JVM is slow for reasons of its own.
    cluster.cli("bench", "gap", "--topic", TOPIC, "--rate", "1000", "--duration", "15s", check=False)
    gaps = {"kill": [], "pause": []}
    for trial in range(2 * args.trials):
        kind = "kill" if trial % 2 == 0 else "pause"
        cluster.wait_healthy()
        gap = cluster.popen("bench", "gap", "--topic", TOPIC, "--rate", "1000", "--duration", "12s", "-o", "json",
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        time.sleep(5)
        leader = int(cluster.partitions(TOPIC)[0]["leaderBrokerId"])
        if kind == "kill":
            cluster.kill(leader)
        else:
            cluster.pause(leader)
        out, err = gap.communicate(timeout=120)
        demand(gap.returncode in (0, 7, 8), f"bench gap: exit {gap.returncode}: {err}")
        gaps[kind].append(float(json.loads(out)["longestGapMs"]))
        if kind == "kill":
            cluster.start(leader)
            cluster.wait_ready(leader)
        else:
            cluster.resume(leader)
        print(f"  trial {trial + 1}: {kind} of broker {leader}: longest gap {gaps[kind][-1]:.0f} ms", flush=True)
    return "; ".join(f"longest gap after {kind}: median {statistics.median(v):.0f} ms, worst {max(v):.0f} ms of {len(v)}"
                     for kind, v in gaps.items())


def throughput(cluster, args):
    cluster.start()
    cluster.wait_ready()
    results = []
    for partitions in (1, 16):
        make_topic(cluster, partitions=partitions, topic=f"load-{partitions}")
        for size in (1024, 100):
            bench = ("bench", "produce", "--topic", f"load-{partitions}", "--record-bytes", str(size), "--batch-bytes",
                     "128KiB", "--producers", "1" if partitions == 1 else "4")
            cluster.cli(*bench, "--duration", "5s")
            before = sum(cluster.cpu_seconds(b) for b in cluster.ids)
            answer = cluster.json(*bench, "--duration", "15s")
            cpu = sum(cluster.cpu_seconds(b) for b in cluster.ids) - before
            rate = float(answer["recordsPerSecond"])
            mb = float(answer["megabytesPerSecond"])
            results.append(f"{partitions} partitions, {size} B: {rate:,.0f} records/s, {mb:.0f} MB/s, "
                           f"{cpu * 1000 / (mb * 15):.1f} ms broker CPU per MB")
            print("  " + results[-1], flush=True)
    return "; ".join(results)


SCENARIOS = {"kill-leader": kill_leader, "kill-all": kill_all, "catch-up": catch_up, "partitions": partitions,
             "failover": failover, "throughput": throughput, "grow-shrink": grow_shrink, "rolling-drain": rolling_drain,
             "wiped-disk": wiped_disk, "wrong-orders": wrong_orders, "idempotent": idempotent,
             "idempotence-cost": idempotence_cost}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("scenario", choices=[*SCENARIOS, "all"])
    parser.add_argument("--events", type=int, default=200_000)
    parser.add_argument("--entries", type=int, default=100_000)
    parser.add_argument("--count", type=int, default=500)
    parser.add_argument("--trials", type=int, default=10)
    parser.add_argument("--partitions", type=int, default=200)
    parser.add_argument("--rate", type=int, default=2_000)
    parser.add_argument("--warm", type=int, default=15, help="seconds of load before the first change")
    parser.add_argument("--gib", type=float, default=1)
    parser.add_argument("--records", type=int, default=1_000_000, help="of the idempotent producers together")
    parser.add_argument("--write-rate", type=int, default=5_000, help="records/s of the idempotent producers together")
    parser.add_argument("--seed", type=int, help="of the faults under the idempotent producers")
    parser.add_argument("--rounds", type=int, default=5, help="of idempotence-cost")
    parser.add_argument("--keep", action="store_true", help="keep the data directories and logs")
    args = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    failed = False
    for name in SCENARIOS if args.scenario == "all" else [args.scenario]:
        directory = tempfile.mkdtemp(prefix=f"almadia-{name}-")
        cluster = Cluster(directory)
        try:
            print(f"{name}: ok: {SCENARIOS[name](cluster, args)}", flush=True)
        except (Failed, subprocess.SubprocessError, OSError, KeyError, ValueError) as problem:
            failed = True
            args.keep = True
            print(f"{name}: FAILED: {problem}\n  logs: {directory}", flush=True)
        finally:
            cluster.stop()
            if not args.keep:
                subprocess.run(["rm", "-rf", directory], check=False)
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
