#!/usr/bin/env node
// SPDX-License-Identifier: Apache-2.0
// Produces a file of events, compressed, and fetches them back, with grpc-js and the .proto files, no generated code.
// usage: orders.js HOST:PORT TOPIC FILE
'use strict';
const assert = require('node:assert');
const fs = require('node:fs');
const path = require('node:path');
const { promisify } = require('node:util');
const zlib = require('node:zlib');
const grpc = require('@grpc/grpc-js');
const loader = require('@grpc/proto-loader');

const protos = path.join(__dirname, '../../proto/src/main/proto');
const files = ['topic', 'producer', 'consumer'].map((name) => `almadia/v1/${name}_service.proto`);
const options = { includeDirs: [protos], keepCase: true, longs: Number, enums: String, defaults: true };
const definition = loader.loadSync(files, options);
const api = grpc.loadPackageDefinition(definition).almadia.v1;
const { 'almadia.v1.RecordSet': RecordSet } = definition;

const [server, topic, file] = process.argv.slice(2);
const connect = (Service) => new Service(server, grpc.credentials.createInsecure());
const call = (client, method, request) =>
  promisify(client[method].bind(client))(request, { deadline: Date.now() + 30_000 });

async function produce(client, events) {
  for (let first = 0; first < events.length; first += 500) {
    const records = events.slice(first, first + 500);
    // No partition: the broker sends each record where its key belongs.
    const plain = RecordSet.serialize({ records });
    const compressed = {
      codec: 'CODEC_GZIP',
      data: zlib.gzipSync(plain),
      record_count: records.length,
      uncompressed_bytes: plain.length,
    };
    const batch = { compressed };
    for (const part of (await call(client, 'Produce', { topic, batch })).results) {
      assert.equal(part.outcome, 'WRITE_OUTCOME_APPLIED', JSON.stringify(part.failure));
    }
  }
}

async function* fetch(client, partition) {
  for (let position = { earliest: {} }; ; ) {
    // Without accept_codecs the broker would send everything plain.
    const page = await call(client, 'Fetch', { topic, partition, position, accept_codecs: ['CODEC_GZIP'] });
    for (const { compressed, records } of page.batches) {
      yield* (compressed ? RecordSet.deserialize(zlib.gunzipSync(compressed.data)) : records).records;
    }
    if (page.next_offset >= page.high_watermark) return;
    position = { offset: page.next_offset };
  }
}

const byKey = (map, { key, value }) => map.set(`${key}`, [...(map.get(`${key}`) ?? []), `${value}`]);

async function main() {
  const lines = fs.readFileSync(file, 'utf8').trimEnd().split('\n').map((line) => JSON.parse(line));
  const events = lines.map(({ key, value }) => ({ key: Buffer.from(key), value: Buffer.from(JSON.stringify(value)) }));
  await call(connect(api.TopicService), 'CreateTopic', { topic: { topic, partitions: 3 } });
  await produce(connect(api.ProducerService), events);
  const got = new Map();
  const consumer = connect(api.ConsumerService);
  for (let p = 0; p < 3; p++) for await (const record of fetch(consumer, p)) byKey(got, record);
  const sent = events.reduce(byKey, new Map());
  assert.deepEqual(got, sent);
  console.log(`node: ${events.length} events of ${sent.size} keys produced and fetched, each key's events in order`);
}

main().then(() => process.exit(0), (error) => { console.error(`node: ${error.message}`); process.exit(1); });
