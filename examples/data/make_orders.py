#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes orders.jsonl: a month of an invented shop's order events, the same bytes on every run.

One line is one event, {"key": customer, "value": {...}}. A customer's events are in the order in which they
happened, which is what a partition keeps when the key routes: placed, paid, packed, shipped, delivered, or one of
the ways in which an order ends early. Lines are sorted by time.
"""

import argparse
import json
import os
import random
from datetime import datetime, timedelta, timezone

CUSTOMERS = 500
EVENTS = 5000
START = datetime(2026, 3, 1, 6, 0, tzinfo=timezone.utc)

FIRST = "Ana Bruno Chloé Dmitri Elif Femi Grace Hanna Iker João Katarzyna Liam Mina Noor Olga Pau Quinn Rosa Søren Tomás".split()
LAST = "Almeida Bauer Costa Dubois Eriksen Fernández García Haddad Ito Jensen Kowalska Lindqvist Müller Nakamura Oyelaran Petrov".split()
CITIES = "Lisboa Pamplona Łódź Zürich Oslo Nantes İzmir Torino Gdańsk Bergen Köln Burgui".split()
GOODS = [
    ("KET-102", "Enamel kettle", 3490), ("MUG-007", "Stoneware mug", 1250), ("LAM-310", "Desk lamp", 5900),
    ("ROP-044", "Hemp rope, 10 m", 1890), ("AXE-001", "Felling axe", 7450), ("TEA-215", "Green tea, 100 g", 890),
    ("BLK-060", "Wool blanket", 8900), ("BAG-018", "Canvas bag", 4200), ("SOA-009", "Olive soap", 450),
    ("KNF-120", "Paring knife", 2350), ("BRD-033", "Oak board", 3100), ("CND-005", "Beeswax candle", 690),
]
# What can follow a state, with its weight and the usual wait in minutes.
NEXT = {
    "placed": [("paid", 88, 12), ("cancelled", 7, 90), ("payment_failed", 5, 5)],
    "payment_failed": [("paid", 60, 240), ("cancelled", 40, 1440)],
    "paid": [("packed", 97, 600), ("refunded", 3, 900)],
    "packed": [("shipped", 100, 300)],
    "shipped": [("delivered", 94, 2400), ("returned", 6, 5000)],
    "returned": [("refunded", 100, 2000)],
}


def pick(rng, weighted):
    at = rng.random() * sum(weight for _, weight, _ in weighted)
    for row in weighted:
        at -= row[1]
        if at < 0:
            return row
    return weighted[-1]


def order(rng, number, customer, name, city, placed_at):
    """All events of one order, oldest first."""
    lines = []
    for _ in range(1 + int(rng.random() * rng.random() * 4)):
        sku, title, cents = GOODS[int(rng.random() * len(GOODS))]
        lines.append({"sku": sku, "name": title, "qty": 1 + int(rng.random() * 3), "price": cents / 100})
    amount = round(sum(line["qty"] * line["price"] for line in lines), 2)
    order_id = f"A-{number:05d}"
    at, status = placed_at, "placed"
    value = {"order": order_id, "status": status, "name": name, "city": city, "items": lines, "amount": amount,
             "currency": "EUR"}
    while True:
        stamp = at.strftime("%Y-%m-%dT%H:%M:%SZ")
        yield at, order_id, {"key": customer, "value": {**value, "time": stamp}}
        if status not in NEXT:
            return
        previous = status
        status, _, minutes = pick(rng, NEXT[status])
        at += timedelta(seconds=60 + int(minutes * 60 * (0.3 + 1.4 * rng.random())))
        value = {"order": order_id, "status": status, "was": previous, "amount": amount}


def write(out, events):
    for _, _, event in events:
        out.write(json.dumps(event, ensure_ascii=False, separators=(",", ":")) + "\n")


def main():
    parser = argparse.ArgumentParser(description="Writes orders.jsonl, or more events of the same shop to a file.")
    parser.add_argument("--events", type=int, default=EVENTS)
    parser.add_argument("--output", default=os.path.join(os.path.dirname(os.path.abspath(__file__)), "orders.jsonl"))
    args = parser.parse_args()
    rng = random.Random(1513)
    people = [
        (f"customer-{n:04d}", f"{FIRST[int(rng.random() * len(FIRST))]} {LAST[int(rng.random() * len(LAST))]}",
         CITIES[int(rng.random() * len(CITIES))])
        for n in range(1, CUSTOMERS + 1)
    ]
    events, number, placed_at = [], 10000, START
    while len(events) < args.events:
        number += 1
        placed_at += timedelta(seconds=int(60 + rng.random() * 3600))
        # Every customer once, then with a bias: a few buy a lot, as in life.
        n = number - 10001 if number <= 10000 + CUSTOMERS else int(CUSTOMERS * rng.random() ** 2)
        events.extend(order(rng, number, *people[n], placed_at))
    events = sorted(events[:args.events], key=lambda event: event[:2])
    with open(args.output, "w", encoding="utf-8", newline="\n") as out:
        write(out, events)


if __name__ == "__main__":
    main()
