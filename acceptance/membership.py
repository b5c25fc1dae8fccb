# SPDX-License-Identifier: Apache-2.0
"""Scenarios of brokers that come, go, restart and lose their disks."""

import json
import pathlib
import shutil
import subprocess
import time

from cluster import ALMADIA, Cluster, Failed, demand, free_ports
from steady import Steady, longest, show

TOPIC = "orders"
WARM = "warm-up"
BEFORE = "before"


def make_topic(cluster, partitions, topic=TOPIC, replication=3):
    cluster.cli("topics", "create", topic, "--partitions", str(partitions), "--replication-factor", str(replication))
    cluster.wait_healthy()


def verify_equal(cluster, topic, seconds=120):
    """Waits until all replicas answer and hold the same."""
    end = time.monotonic() + seconds
    while True:
        done = cluster.cli("partitions", "verify", topic, check=False, timeout=300)
        if done.returncode == 0:
            return
        demand(time.monotonic() < end, f"replicas differ or do not answer:\n{done.stdout}{done.stderr}")
        time.sleep(1)


def demand_no_failure(report, excused=lambda failure: False):
    """No write of a stream failed, and of the single calls only those that are excused."""
    bad = [f for f in report["failures"] if not (f["probe"] and excused(f))]
    demand(not bad, f"{len(bad)} failed writes, the first: {json.dumps(bad[:3])}")
    demand(report["failed"] == 0, f"{report['failed']} failed writes")


def figures(report):
    gap, slowest = longest(report, without=("start", WARM, BEFORE))
    before = next(p for p in report["phases"] if p["phase"] == BEFORE)
    return (f"{report['acknowledged']} writes acknowledged, {report['failed']} failed, {report['reads']} reads; longest gap "
            f"{gap:.0f} ms, slowest write {slowest:.0f} ms (before: {before['longestGapMs']:.0f} and "
            f"{before['longestLatencyMs']:.0f} ms)")


def replicas_by_broker(cluster, topic):
    counts = {b: 0 for b in cluster.ids}
    for partition in cluster.partitions(topic):
        for replica in partition["replicas"]:
            counts[int(replica["brokerId"])] = counts.get(int(replica["brokerId"]), 0) + 1
    return counts


def grow_shrink(cluster, args):
    cluster.start()
    cluster.wait_ready()
    make_topic(cluster, args.partitions)
    load = Steady(cluster, TOPIC, "--rate", str(args.rate))
    load.phase(WARM)
    time.sleep(args.warm)
    load.phase(BEFORE)
    time.sleep(args.warm / 2)
    old = ",".join(cluster.endpoint(b) for b in cluster.ids)
    started = time.monotonic()
    load.phase("join 4, 5")
    cluster.add(4, 5)
    cluster.start(4, 5)
    cluster.wait_ready(4, 5)
    load.phase("rebalance")
    cluster.cli("cluster", "balance", "run", "--wait", server=old, timeout=300)
    counts = replicas_by_broker(cluster, TOPIC)
    print(f"    replicas by broker: {counts}", flush=True)
    demand(min(counts[4], counts[5]) >= args.partitions * 3 // 5 - args.partitions // 10,
           f"brokers 4 and 5 did not get their part: {counts}")
    for b in (5, 4):
        load.phase(f"leave {b}")
        cluster.cli("brokers", "decommission", str(b), "--yes", "--wait", server=old, timeout=300)
        cluster.terminate(b)
        cluster.ids.remove(b)
    seconds = time.monotonic() - started
    load.phase("after")
    time.sleep(5)
    report = load.finish()
    show(report)
    demand_no_failure(report)
    counts = replicas_by_broker(cluster, TOPIC)
    demand(counts == {1: args.partitions, 2: args.partitions, 3: args.partitions}, f"replicas by broker: {counts}")
    brokers = [int(b["brokerId"]) for b in cluster.json("brokers", "list")["brokers"]]
    demand(sorted(brokers) == [1, 2, 3], f"brokers are {brokers}")
    cluster.wait_healthy()
    verify_equal(cluster, TOPIC)
    return f"3 -> 5 -> 3 brokers in {seconds:.1f} s, {args.partitions} partitions at {args.rate}/s; {figures(report)}; logs equal"


def rolling_drain(cluster, args):
    cluster.start()
    cluster.wait_ready()
    make_topic(cluster, args.partitions)
    load = Steady(cluster, TOPIC, "--rate", str(args.rate), "--probe-rate", "20")
    load.phase(WARM)
    time.sleep(args.warm)
    load.phase(BEFORE)
    time.sleep(args.warm / 2)
    down = {}
    started = time.monotonic()
    for b in cluster.ids:
        load.phase(f"drain {b}")
        cluster.cli("brokers", "drain", str(b), "--wait", timeout=120)
        load.phase(f"stop {b}")
        stopped = time.time()
        cluster.terminate(b)
        load.phase(f"start {b}")
        cluster.start(b)
        cluster.wait_ready(b)
        down[cluster.endpoint(b)] = (stopped * 1000, time.time() * 1000 + 500)
        load.phase(f"undrain {b}")
        cluster.cli("brokers", "undrain", str(b))
        cluster.wait_healthy()
    seconds = time.monotonic() - started
    load.phase("after")
    time.sleep(3)
    report = load.finish()
    show(report)
    demand_no_failure(report, lambda f: f["where"] in down and down[f["where"]][0] <= f["millis"] <= down[f["where"]][1])
    verify_equal(cluster, TOPIC)
    return (f"all brokers restarted in {seconds:.1f} s, {args.partitions} partitions at {args.rate}/s; {figures(report)}; "
            f"{report['failedProbes']} single calls failed, all through the broker that was down; logs equal")


def directory_bytes(path):
    return sum(f.stat().st_size for f in pathlib.Path(path).rglob("*") if f.is_file())


def wiped_disk(cluster, args):
    cluster.start()
    cluster.wait_ready()
    make_topic(cluster, 24)
    records = int(args.gib * (1 << 30)) // 1024
    cluster.cli("bench", "produce", "--topic", TOPIC, "--record-bytes", "1000", "--records", str(records),
                "--producers", "4", timeout=600)
    verify_equal(cluster, TOPIC, seconds=300)
    held = sum(int(p["highWatermark"]) for p in cluster.partitions(TOPIC)) * 1024 / (1 << 30)
    lost = 2
    cluster.kill(lost)
    shutil.rmtree(cluster.directory / f"data-{lost}")
    started = time.monotonic()
    cluster.start(lost)
    cluster.wait_ready(lost)
    wait_reseeded(cluster, lost, started)
    seconds = time.monotonic() - started
    cluster.wait_healthy()
    verify_equal(cluster, TOPIC, seconds=300)
    size = directory_bytes(cluster.directory / f"data-{lost}") / (1 << 30)
    return (f"broker {lost} came back with an empty disk and was filled by itself in {seconds:.1f} s: {held:.2f} GiB of records, "
            f"{seconds / held:.1f} s per GiB ({size:.2f} GiB on its disk); logs equal")


def wait_reseeded(cluster, broker, started, seconds=600):
    """Waits for the end of the operation that the cluster has begun by itself."""
    end = time.monotonic() + seconds
    while True:
        found = cluster.json("operations", "list")["operations"]
        mine = [o for o in found if "RESEED" in o["kind"].upper()]
        if mine and all(o.get("state", "").upper().endswith("DONE") for o in mine):
            return
        demand(time.monotonic() < end, f"broker {broker} is not filled after {seconds} s: {json.dumps(mine)}")
        time.sleep(0.5)


def refused(cluster, order, exit_code, reason, *words, server=None):
    """The order is refused in one line with its reason, and changes nothing."""
    done = cluster.cli(*order.split(" "), server=server, check=False)
    what = f"almadia {order}: exit {done.returncode}, out {done.stdout!r}, err {done.stderr!r}"
    lines = done.stderr.splitlines()
    demand(done.returncode == exit_code and len(lines) == 1 and not done.stdout, f"expected exit {exit_code}: {what}")
    demand(f"reason={reason} " in lines[0] if reason else True, f"expected reason {reason}: {what}")
    for word in words:
        demand(word in lines[0], f"expected '{word}': {what}")
    print(f"  {order}\n    {done.returncode}: {lines[0]}", flush=True)


def stays_out(cluster, name, broker_id, data, words):
    """A broker that cannot join says why to whoever asks it."""
    public, internal = free_ports(2)
    with open(cluster.directory / f"{name}.log", "ab") as log:
        process = subprocess.Popen(
            [ALMADIA, "server", "--broker-id", str(broker_id), "--data", str(data), "--listen", f"127.0.0.1:{public}",
             "--internal-listen", f"127.0.0.1:{internal}", "--http-listen", "off",
             "--join", f"127.0.0.1:{cluster.internal[1]}"],
            stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    cluster.helpers.append(process)
    end = time.monotonic() + 60
    while True:
        try:
            refused(cluster, "topics list", 6, "BROKER_STARTING", *words, server=f"127.0.0.1:{public}")
            break
        except Failed:
            if time.monotonic() > end or process.poll() is not None:
                raise
            time.sleep(0.5)
    process.kill()
    process.wait()


def wrong_orders(cluster, args):
    other = Cluster(cluster.directory / "other", count=2)
    try:
        other.start()
        cluster.start()
        other.wait_ready()
    finally:
        other.stop()
    cluster.wait_ready()
    make_topic(cluster, 4)
    refused(cluster, f"topics alter {TOPIC} --replication-factor 0 --yes", 4, "QUORUM_AT_RISK", "last replica")
    refused(cluster, f"topics alter {TOPIC} --replication-factor 4", 4, "NOT_ENOUGH_BROKERS", "--join")
    refused(cluster, "brokers decommission 3 --yes", 4, "NOT_ENOUGH_BROKERS", "add 1 broker with --join")
    refused(cluster, "brokers decommission 9 --yes", 3, "BROKER_NOT_FOUND", "no broker 9")
    refused(cluster, "brokers drain 9", 3, "BROKER_NOT_FOUND", "no broker 9")
    refused(cluster, f"partitions move {TOPIC}/0 --to 1,2,9", 3, "BROKER_NOT_FOUND", "no broker 9")
    refused(cluster, f"partitions move {TOPIC}/0 --to 1,2,2", 2, "", "named twice")
    cluster.cli("brokers", "drain", "3", "--wait")
    refused(cluster, "brokers drain 2", 4, "QUORUM_AT_RISK", "without a majority")
    cluster.cli("brokers", "undrain", "3")
    cluster.add(4)
    cluster.start(4)
    cluster.wait_ready(4)
    cluster.cli("brokers", "drain", "4", "--wait")
    refused(cluster, f"partitions move {TOPIC}/0 --to 1,2,4", 4, "BROKER_DRAINING", "Broker 4 is draining")
    stays_out(cluster, "in-use", 3, cluster.directory / "data-in-use", ["Broker id 3 is in use"])
    stays_out(cluster, "foreign", 1, other.directory / "data-1", ["The data directory belongs to cluster"])
    # Back to three voters of the metadata, one of them down: another one fewer would be no majority.
    cluster.cli("topics", "delete", TOPIC, "--yes")
    cluster.cli("brokers", "decommission", "4", "--yes", "--wait")
    cluster.kill(3)
    cluster.ids.remove(3)
    wait_refused(cluster, "brokers decommission 2 --yes", 4, "QUORUM_AT_RISK", "Broker 2 cannot be decommissioned",
                 server=cluster.endpoint(2))
    cluster.ids.append(3)
    return "every wrong order was refused in one line, with its reason and exit code"


def wait_refused(cluster, order, *expected, server=None, seconds=30):
    """The same once the cluster has noticed what happened."""
    end = time.monotonic() + seconds
    while True:
        try:
            refused(cluster, order + " --dry-run", *expected, server=server)
            break
        except Failed:
            if time.monotonic() > end:
                raise
            time.sleep(1)
    refused(cluster, order, *expected, server=server)
