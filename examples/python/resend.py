#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Produces a file of events over connections that break, and each event is there once: the producer names itself and numbers
its records, so what had no answer is simply sent again, to another broker, until it has one.

usage: resend.py HOST:PORT[,HOST:PORT...] TOPIC FILE     (examples/run makes the stubs)
"""
import collections
import itertools
import json
import pathlib
import sys
import time
import grpc
from almadia.v1 import consumer_service_pb2 as consumer, producer_service_pb2 as producer
from almadia.v1 import consumer_service_pb2_grpc, producer_service_pb2_grpc, topic_service_pb2_grpc
from almadia.v1 import record_pb2 as record, topic_service_pb2 as topics

BATCH = 100
# Codes of calls that may have been done, or may be done later. All others say that this request cannot be.
IN_DOUBT = (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.CANCELLED, grpc.StatusCode.DEADLINE_EXCEEDED,
            grpc.StatusCode.UNKNOWN, grpc.StatusCode.RESOURCE_EXHAUSTED)


def produce_until_answered(servers, request, breaks_after):
    """The first connection is broken after so many seconds; the same request then goes to the next broker."""
    for attempt, server in zip(range(100), itertools.cycle(servers)):
        channel = grpc.insecure_channel(server)
        try:
            grpc.channel_ready_future(channel).result(timeout=10)
            call = producer_service_pb2_grpc.ProducerServiceStub(channel).Produce.future(request, timeout=10)
            if attempt == 0:
                time.sleep(breaks_after)
                channel.close()
            return call.result().results[0]
        except (grpc.FutureCancelledError, grpc.FutureTimeoutError):
            pass
        except grpc.RpcError as error:
            if error.code() not in IN_DOUBT:
                raise
        finally:
            channel.close()
        time.sleep(min(1, 0.02 * 2 ** attempt) if attempt else 0)
    sys.exit("no answer")


def produce(servers, topic, values):
    """What became of the batches, by outcome, when they were answered at last."""
    outcomes = collections.Counter()
    for number, first in enumerate(range(0, len(values), BATCH)):
        records = [record.Record(value=value) for value in values[first:first + BATCH]]
        request = producer.ProduceRequest(
            topic=topic, partition=0, batch=record.RecordBatch(records=record.RecordSet(records=records)),
            # Sequences begin with 1 and leave none out; a resend has the same.
            producer_id="orders-writer", first_sequence=first + 1)
        part = produce_until_answered(servers, request, breaks_after=number % 10 / 1000)
        if part.outcome not in (record.WRITE_OUTCOME_APPLIED, record.WRITE_OUTCOME_DUPLICATE):
            sys.exit(f"{part.failure.reason}: {part.failure.message}")
        if part.first_offset != first:
            sys.exit(f"the batch that begins with sequence {first + 1} is at offset {part.first_offset}")
        outcomes[record.WriteOutcome.Name(part.outcome).removeprefix("WRITE_OUTCOME_")] += 1
    return outcomes


def fetch(server, topic):
    with grpc.insecure_channel(server) as channel:
        stub = consumer_service_pb2_grpc.ConsumerServiceStub(channel)
        position = record.Position(earliest=record.Earliest())
        while True:
            page = stub.Fetch(consumer.FetchRequest(topic=topic, partition=0, position=position), timeout=9)
            for batch in page.batches:
                yield from (each.value for each in batch.records.records)
            if page.next_offset >= page.high_watermark:
                return
            position = record.Position(offset=page.next_offset)


def main(servers, topic, path):
    servers = servers.split(",")
    values = [json.dumps(json.loads(line)["value"]).encode() for line in pathlib.Path(path).open(encoding="utf-8")]
    with grpc.insecure_channel(servers[0]) as channel:
        create = topics.CreateTopicRequest(topic=topics.Topic(topic=topic, partitions=1))
        topic_service_pb2_grpc.TopicServiceStub(channel).CreateTopic(create, timeout=30)
    outcomes = produce(servers, topic, values)
    if list(fetch(servers[-1], topic)) != values:
        sys.exit("what is there is not what was sent")
    told = ", ".join(f"{count} {outcome}" for outcome, count in sorted(outcomes.items()))
    print(f"python: {len(values)} events over connections that broke are there once each; batches, sent again: {told}")


main(*sys.argv[1:])
