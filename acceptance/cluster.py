# SPDX-License-Identifier: Apache-2.0
"""Real broker processes on loopback, for the acceptance scenarios in run.py: three, and others that join.

Standard library only; everything goes through the `almadia` command, as a user would do it.
Processes are ended by the pid that was started here, and only by that.
"""

import json
import os
import pathlib
import random
import signal
import socket
import subprocess
import time
import urllib.request

TOP = pathlib.Path(__file__).resolve().parent.parent
ALMADIA = os.environ.get("ALMADIA", str(TOP / "almadia"))

# Starting a JVM to look at the cluster must not slow down what is looked at.
BEHIND = ("nice", "-n", "5")


class Failed(Exception):
    """A scenario's demand does not hold."""


def demand(condition, message):
    if not condition:
        raise Failed(message)


def free_ports(count):
    """Below the ports that systems give to outgoing connections: one of those could else take that of a broker that is down."""
    sockets = []
    try:
        while len(sockets) < count:
            s = socket.socket()
            try:
                s.bind(("127.0.0.1", random.randint(15_000, 31_999)))
                sockets.append(s)
            except OSError:
                s.close()
        return [s.getsockname()[1] for s in sockets]
    finally:
        for s in sockets:
            s.close()


class Cluster:
    """Starts, kills, pauses and asks brokers 1..count."""

    def __init__(self, directory, count=3, flags=()):
        self.directory = pathlib.Path(directory)
        self.directory.mkdir(parents=True, exist_ok=True)
        self.flags = list(flags)
        ports = free_ports(3 * count)
        self.ids = list(range(1, count + 1))
        self.public = {b: ports[3 * (b - 1)] for b in self.ids}
        self.internal = {b: ports[3 * (b - 1) + 1] for b in self.ids}
        self.http = {b: ports[3 * (b - 1) + 2] for b in self.ids}
        self.initial = list(self.ids)
        self.processes = {}
        self.helpers = []

    def add(self, *brokers):
        """Makes more brokers known, which will join the cluster; start() starts them."""
        ports = free_ports(3 * len(brokers))
        for place, b in enumerate(brokers):
            self.ids.append(b)
            self.public[b], self.internal[b], self.http[b] = ports[3 * place:3 * place + 3]

    def endpoint(self, broker):
        return f"127.0.0.1:{self.public[broker]}"

    def servers(self):
        return ",".join(self.endpoint(b) for b in self.ids)

    def start(self, *brokers):
        for b in brokers or self.ids:
            log = open(self.directory / f"broker-{b}.log", "ab")
            self.processes[b] = subprocess.Popen(
                [ALMADIA, "server", "--broker-id", str(b), "--data", str(self.directory / f"data-{b}"),
                 "--listen", self.endpoint(b), "--internal-listen", f"127.0.0.1:{self.internal[b]}",
                 "--http-listen", f"127.0.0.1:{self.http[b]}", *self.peers_flag(b), *self.flags],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log)
            log.close()

    def peers_flag(self, broker):
        if broker in self.initial:
            return "--initial-brokers", ",".join(f"{b}=127.0.0.1:{self.internal[b]}" for b in self.initial)
        return "--join", ",".join(f"127.0.0.1:{self.internal[b]}" for b in self.initial)

    def send(self, broker, number):
        os.kill(self.processes[broker].pid, number)

    def kill(self, *brokers):
        for b in brokers:
            self.send(b, signal.SIGKILL)
        for b in brokers:
            self.processes[b].wait(timeout=30)

    def terminate(self, broker, seconds=30):
        """SIGTERM, and waits for the end."""
        self.send(broker, signal.SIGTERM)
        code = self.processes[broker].wait(timeout=seconds)
        demand(code in (0, 143), f"broker {broker} ended with {code} after SIGTERM")

    def pause(self, broker):
        self.send(broker, signal.SIGSTOP)

    def resume(self, broker):
        self.send(broker, signal.SIGCONT)

    def stop(self):
        for helper in self.helpers:
            if helper.poll() is None:
                helper.kill()
                helper.wait()
        for b, process in self.processes.items():
            if process.poll() is None:
                self.send(b, signal.SIGCONT)
                process.terminate()
        for process in self.processes.values():
            try:
                process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def cli(self, *args, server=None, check=True, timeout=120, **options):
        patience = () if "--timeout" in args else ("--timeout", "30s")
        done = subprocess.run(
            [*BEHIND, ALMADIA, *args, "--server", server or self.servers(), *patience],
            stdin=options.pop("stdin", subprocess.DEVNULL), stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True, timeout=timeout, check=False, **options)
        if check and done.returncode != 0:
            raise Failed(f"almadia {' '.join(args)}: exit {done.returncode}\n{done.stdout}{done.stderr}")
        return done

    def json(self, *args, **options):
        return json.loads(self.cli(*args, "-o", "json", **options).stdout or "null")

    def popen(self, *args, server=None, **options):
        return subprocess.Popen([ALMADIA, *args, "--server", server or self.servers()],
                                stdin=subprocess.DEVNULL, text=True, **options)

    def wait_healthy(self, seconds=60):
        self.cli("cluster", "health", "--wait", "--timeout", f"{seconds}s", timeout=seconds + 30)

    def wait_ready(self, *brokers, seconds=60):
        """Waits on the HTTP port, which costs no JVM start."""
        end = time.monotonic() + seconds
        for b in brokers or self.ids:
            while True:
                try:
                    url = f"http://127.0.0.1:{self.http[b]}/health/ready"
                    with urllib.request.urlopen(url, timeout=2) as answer:
                        if answer.status == 200:
                            break
                except OSError:
                    pass
                demand(time.monotonic() < end, f"broker {b} is not ready after {seconds} s")
                time.sleep(0.1)

    def metric(self, broker, name):
        """Sum of a metric's samples on a broker; None if it has none."""
        url = f"http://127.0.0.1:{self.http[broker]}/metrics"
        with urllib.request.urlopen(url, timeout=5) as answer:
            lines = answer.read().decode().splitlines()
        values = [float(line.rsplit(" ", 1)[1]) for line in lines
                  if line.split("{")[0].split(" ")[0] == name]
        return sum(values) if values else None

    def partitions(self, topic):
        answer = self.json("partitions", "list", topic)
        return answer["partitions"] if isinstance(answer, dict) else answer

    def leader_counts(self, topic):
        counts = {b: 0 for b in self.ids}
        for p in self.partitions(topic):
            leader = int(p.get("leaderBrokerId", 0))
            if leader:
                counts[leader] += 1
        return counts

    def cpu_seconds(self, broker):
        fields = pathlib.Path(f"/proc/{self.processes[broker].pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def rss_bytes(self, broker):
        for line in pathlib.Path(f"/proc/{self.processes[broker].pid}/status").read_text().splitlines():
            if line.startswith("VmRSS"):
                return int(line.split()[1]) * 1024
        return 0
