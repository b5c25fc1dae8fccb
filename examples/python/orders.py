#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Produces a file of events, compressed, and fetches them back, with nothing but generated stubs.

usage: orders.py HOST:PORT TOPIC FILE     (examples/run makes the stubs)
"""
import gzip
import json
import pathlib
import sys
from collections import defaultdict
import grpc
from almadia.v1 import consumer_service_pb2 as consumer, producer_service_pb2 as producer
from almadia.v1 import consumer_service_pb2_grpc, producer_service_pb2_grpc, topic_service_pb2_grpc
from almadia.v1 import record_pb2 as record, topic_service_pb2 as topics


def produce(channel, topic, events):
    stub = producer_service_pb2_grpc.ProducerServiceStub(channel)
    for first in range(0, len(events), 500):
        records = [record.Record(key=key, value=value) for key, value in events[first:first + 500]]
        plain = record.RecordSet(records=records).SerializeToString()
        batch = record.RecordBatch(compressed=record.CompressedRecords(
            codec=record.CODEC_GZIP, data=gzip.compress(plain), record_count=len(records), uncompressed_bytes=len(plain)))
        # No partition: the broker sends each record where its key belongs.
        answer = stub.Produce(producer.ProduceRequest(topic=topic, batch=batch), timeout=30)
        for part in answer.results:
            if part.outcome != record.WRITE_OUTCOME_APPLIED:
                sys.exit(f"partition {part.partition}: {part.failure.reason}: {part.failure.message}")


def fetch(channel, topic, partition):
    stub = consumer_service_pb2_grpc.ConsumerServiceStub(channel)
    position = record.Position(earliest=record.Earliest())
    while True:
        # Without accept_codecs the broker would send everything plain.
        page = stub.Fetch(consumer.FetchRequest(topic=topic, partition=partition, position=position,
                                                accept_codecs=[record.CODEC_GZIP]), timeout=9)
        for batch in page.batches:
            if batch.HasField("compressed"):
                yield from record.RecordSet.FromString(gzip.decompress(batch.compressed.data)).records
            else:
                yield from batch.records.records
        if page.next_offset >= page.high_watermark:
            return
        position = record.Position(offset=page.next_offset)


def main(server, topic, path):
    parsed = [json.loads(line) for line in pathlib.Path(path).open(encoding="utf-8")]
    events = [(e["key"].encode(), json.dumps(e["value"], ensure_ascii=False).encode()) for e in parsed]
    sent, got = defaultdict(list), defaultdict(list)
    for key, value in events:
        sent[key].append(value)
    with grpc.insecure_channel(server) as channel:
        create = topics.CreateTopicRequest(topic=topics.Topic(topic=topic, partitions=3))
        topic_service_pb2_grpc.TopicServiceStub(channel).CreateTopic(create, timeout=30)
        produce(channel, topic, events)
        for partition in range(3):
            for r in fetch(channel, topic, partition):
                got[r.key].append(r.value)
    if got != sent:
        sys.exit("what came back is not what was sent")
    print(f"python: {len(events)} events of {len(sent)} keys produced and fetched, each key's events in order")


main(*sys.argv[1:])
