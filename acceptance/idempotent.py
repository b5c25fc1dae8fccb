# SPDX-License-Identifier: Apache-2.0
"""Producers that number their records, while leaders die and stand still; and what the numbers cost."""

import json
import random
import re
import statistics
import subprocess
import tempfile
import time

from cluster import demand

TOPIC = "once"
PARTITIONS = 12
PRODUCERS = 4


def write_input(path, producer, count):
    """A quarter of the records has no key."""
    with open(path, "w", encoding="utf-8") as out:
        for number in range(count):
            key = "" if number % 4 == 3 else f'"key": "customer-{number * 7919 % 5000}", '
            out.write(f'{{{key}"value": "{producer} {number}"}}\n')


class Faults:
    """Kills or pauses a broker that leads something, for some seconds, again and again."""

    def __init__(self, cluster, seed):
        self.cluster = cluster
        self.chance = random.Random(seed)
        self.count = {"kill": 0, "pause": 0}
        self.leads = cluster.ids

    def strike(self):
        cluster, chance = self.cluster, self.chance
        victim, kind, seconds = chance.choice(self.leads), chance.choice(("kill", "pause")), chance.uniform(1, 5)
        print(f"  {time.strftime('%H:%M:%S')} {kind} of broker {victim} for {seconds:.1f} s", flush=True)
        if kind == "kill":
            cluster.kill(victim)
        else:
            cluster.pause(victim)
        # Asked while it is away, so that it costs no time: whoever leads now is the next victim.
        others = ",".join(cluster.endpoint(b) for b in cluster.ids if b != victim)
        asked = cluster.popen("partitions", "list", TOPIC, "-o", "json", server=others, stdout=subprocess.PIPE,
                              stderr=subprocess.DEVNULL)
        time.sleep(seconds)
        if kind == "kill":
            cluster.start(victim)
        else:
            cluster.resume(victim)
        answer = asked.communicate(timeout=60)[0]
        found = json.loads(answer) if asked.returncode == 0 else []
        found = found["partitions"] if isinstance(found, dict) else found
        leads = {int(p.get("leaderBrokerId", 0)) for p in found} - {0, victim}
        self.leads = sorted(leads) or [b for b in cluster.ids if b != victim]
        # Not until it has caught up: the next fault may leave partitions without a majority for a while, which loses nothing.
        cluster.wait_ready(victim)
        self.count[kind] += 1


def judge(cluster, counts):
    """What any reader sees: each record once, each producer's in order in every partition. Returns the number of records."""
    last, seen = {}, {producer: bytearray(count) for producer, count in counts.items()}
    stored = 0
    with tempfile.TemporaryFile("w+") as out:
        process = cluster.popen("consume", TOPIC, "--offset", "start", "--until-end", "-f", "%p %o %v\\n", stdout=out)
        demand(process.wait(timeout=900) == 0, "consume failed")
        out.seek(0)
        offsets = {}
        for line in out:
            partition, offset, producer, number = line.split()
            number = int(number)
            demand(int(offset) == offsets.get(partition, 0), f"partition {partition}: offset {offset} after a gap")
            offsets[partition] = int(offset) + 1
            demand(not seen[producer][number], f"TWICE: record {number} of {producer}, partition {partition} offset {offset}")
            seen[producer][number] = 1
            place = (producer, partition)
            demand(number > last.get(place, -1), f"REORDERED: record {number} of {producer}, partition {partition} offset {offset}")
            last[place] = number
            stored += 1
    for producer, found in seen.items():
        demand(all(found), f"LOST: record {found.find(0)} of {producer}")
    return stored


def idempotent(cluster, args):
    each = args.records // PRODUCERS
    counts = {f"writer-{n}": each for n in range(PRODUCERS)}
    for producer in counts:
        write_input(cluster.directory / producer, producer, each)
    cluster.start()
    cluster.wait_ready()
    cluster.cli("topics", "create", TOPIC, "--partitions", str(PARTITIONS), "--replication-factor", "3")
    cluster.wait_healthy()
    seed = args.seed if args.seed is not None else random.randrange(1 << 32)
    print(f"  faults of seed {seed}", flush=True)
    faults, started = Faults(cluster, seed), time.monotonic()
    writers = {}
    for place, producer in enumerate(counts):
        servers = cluster.servers().split(",")
        first = place % len(servers)
        err = open(cluster.directory / f"{producer}.err", "w+", encoding="utf-8")
        writers[producer] = cluster.popen(
            "produce", TOPIC, "--from-json", "--file", str(cluster.directory / producer), *name_of(producer, place),
            "--rate", str(args.write_rate // PRODUCERS), "--timeout", "300s", server=",".join(servers[first:] + servers[:first]),
            stdout=subprocess.DEVNULL, stderr=err)
        cluster.helpers.append(writers[producer])
        err.close()
    time.sleep(5)
    while any(writer.poll() is None for writer in writers.values()):
        faults.strike()
    seconds = time.monotonic() - started
    cluster.wait_healthy(seconds=120)
    for producer, writer in writers.items():
        said = (cluster.directory / f"{producer}.err").read_text(encoding="utf-8")
        demand(writer.returncode == 0, f"{producer}: exit {writer.returncode}: {said}")
        demand(re.search(rf"^{each:,} records? acknowledged,", said, re.M), f"{producer}: {said}")
    demand(sum(faults.count.values()) > 0, "no fault fell into the load: more --records are needed")
    stored = judge(cluster, counts)
    demand(stored == each * PRODUCERS, f"{stored} records stored")
    cluster.cli("partitions", "verify", TOPIC, timeout=600)
    return (f"{stored} records of {PRODUCERS} producers in {seconds:.0f} s are there once each and in order, with leaders "
            f"killed {faults.count['kill']} and paused {faults.count['pause']} times; all replicas equal")


def name_of(producer, place):
    """Half of them have a name, the others make one for themselves."""
    return ("--idempotent", producer) if place % 2 == 0 else ()


def idempotence_cost(cluster, args):
    """The same load with and without numbers, one after the other, again and again."""
    cluster.start()
    cluster.wait_ready()
    cluster.cli("topics", "create", "load", "--partitions", "16", "--replication-factor", "3")
    cluster.wait_healthy()
    bench = ("bench", "produce", "--topic", "load", "--record-bytes", "1024", "--batch-bytes", "128KiB", "--producers", "4",
             "--direct")
    ways = {"without": (), "with": ("--idempotent",)}
    for way in ways.values():
        cluster.cli(*bench, *way, "--duration", "8s")
    rates = {way: [] for way in ways}
    for round_number in range(args.rounds):
        # Who comes second finds a bigger log: they take turns in that.
        for way in list(ways)[::1 if round_number % 2 == 0 else -1]:
            answer = cluster.json(*bench, *ways[way], "--duration", "10s")
            demand(int(answer["failedRecords"]) == 0, f"{answer['failedRecords']} records failed")
            rates[way].append(float(answer["megabytesPerSecond"]))
            print(f"  {way:7} {rates[way][-1]:7.1f} MB/s", flush=True)
    medians = {way: statistics.median(found) for way, found in rates.items()}
    # Of runs that followed each other, so that what else the machine does at times matters less.
    ratio = statistics.median(on / off for on, off in zip(rates["with"], rates["without"]))
    told = (f"{args.rounds} pairs of runs: {medians['with']:.1f} MB/s idempotent, {medians['without']:.1f} MB/s not (medians); "
            f"the median pair differs by {100 * (ratio - 1):+.1f} %")
    demand(ratio >= 0.95, told)
    return told
