# SPDX-License-Identifier: Apache-2.0
"""A steady load beside a scenario: `almadia bench steady`, told by lines which phase begins."""

import json
import subprocess
import time

from cluster import ALMADIA, Failed, demand


class Steady:
    """Produces and consumes until finish(); every answer is recorded and judged at the end."""

    def __init__(self, cluster, topic, *flags, servers=None):
        self.cluster = cluster
        self.out = open(cluster.directory / "steady.json", "w+", encoding="utf-8")
        self.err = open(cluster.directory / "steady.err", "w+", encoding="utf-8")
        self.process = subprocess.Popen(
            [ALMADIA, "bench", "steady", "--topic", topic, "--phases", "-o", "json",
             "--server", servers or cluster.servers(), *flags],
            stdin=subprocess.PIPE, stdout=self.out, stderr=self.err, text=True)
        cluster.helpers.append(self.process)

    def phase(self, name):
        demand(self.process.poll() is None, "the load has ended by itself")
        print(f"  {time.strftime('%H:%M:%S')} {name}", flush=True)
        self.process.stdin.write(name + "\n")
        self.process.stdin.flush()

    def finish(self, seconds=300):
        """Ends the load; its report. Fails if anything that it saw is wrong; failed writes are for the caller."""
        self.process.stdin.close()
        code = self.process.wait(timeout=seconds)
        self.out.seek(0)
        self.err.seek(0)
        if code not in (0, 7):
            raise Failed(f"bench steady: exit {code}:\n{self.err.read()}")
        return json.loads(self.out.read())


def show(report):
    """A line for each phase."""
    for phase in report["phases"]:
        print(f"    {phase['phase']:<14} {phase['seconds']:6.1f} s {phase['acknowledged']:7} acknowledged, longest gap "
              f"{phase['longestGapMs']:6.1f} ms, slowest write {phase['longestLatencyMs']:6.1f} ms, "
              f"{phase['slow']} above 100 ms", flush=True)


def longest(report, without=()):
    """(longest gap, slowest write) in milliseconds over all phases but the named ones."""
    phases = [p for p in report["phases"] if p["phase"] not in without]
    return max(p["longestGapMs"] for p in phases), max(p["longestLatencyMs"] for p in phases)
