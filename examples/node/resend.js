#!/usr/bin/env node
// SPDX-License-Identifier: Apache-2.0
// Produces a file of events in calls that break, and each event is there once: the producer names itself and numbers its
// records, so what had no answer is simply sent again, to another broker, until it has one.
// usage: resend.js HOST:PORT[,HOST:PORT...] TOPIC FILE
'use strict';
const assert = require('node:assert');
const fs = require('node:fs');
const path = require('node:path');
const { promisify } = require('node:util');
const { setTimeout: sleep } = require('node:timers/promises');
const grpc = require('@grpc/grpc-js');
const loader = require('@grpc/proto-loader');

const protos = path.join(__dirname, '../../proto/src/main/proto');
const files = ['topic', 'producer', 'consumer'].map((name) => `almadia/v1/${name}_service.proto`);
const options = { includeDirs: [protos], keepCase: true, longs: Number, enums: String, defaults: true };
const api = grpc.loadPackageDefinition(loader.loadSync(files, options)).almadia.v1;

const [servers, topic, file] = process.argv.slice(2);
const addresses = servers.split(',');
const connect = (Service, address) => new Service(address, grpc.credentials.createInsecure());
const deadline = () => ({ deadline: Date.now() + 10_000 });
const call = (client, method, request) => promisify(client[method].bind(client))(request, deadline());

const BATCH = 100;
// Codes of calls that may have been done, or may be done later. All others say that this request cannot be.
const { UNAVAILABLE, CANCELLED, DEADLINE_EXCEEDED, UNKNOWN, RESOURCE_EXHAUSTED } = grpc.status;
const IN_DOUBT = [UNAVAILABLE, CANCELLED, DEADLINE_EXCEEDED, UNKNOWN, RESOURCE_EXHAUSTED];

/** The first call is broken after so many milliseconds; the same request then goes to the next broker. */
async function produceUntilAnswered(clients, request, breaksAfterMs) {
  for (let attempt = 0; attempt < 100; attempt++) {
    const client = clients[attempt % clients.length];
    try {
      const answer = await new Promise((resolve, reject) => {
        const done = (error, response) => (error ? reject(error) : resolve(response));
        const sent = client.Produce(request, deadline(), done);
        if (attempt === 0) setTimeout(() => sent.cancel(), breaksAfterMs);
      });
      return answer.results[0];
    } catch (error) {
      if (!IN_DOUBT.includes(error.code)) throw error;
      if (attempt > 0) await sleep(Math.min(1000, 20 * 2 ** attempt));
    }
  }
  throw new Error('no answer');
}

/** What became of the batches, by outcome, when they were answered at last. */
async function produce(values) {
  const clients = addresses.map((address) => connect(api.ProducerService, address));
  const outcomes = {};
  for (let first = 0; first < values.length; first += BATCH) {
    const records = values.slice(first, first + BATCH).map((value) => ({ value }));
    // Sequences begin with 1 and leave none out; a resend has the same.
    const named = { producer_id: 'orders-writer', first_sequence: first + 1 };
    const request = { topic, partition: 0, batch: { records: { records } }, ...named };
    const part = await produceUntilAnswered(clients, request, (first / BATCH) % 10);
    const outcome = part.outcome.replace('WRITE_OUTCOME_', '');
    assert.ok(outcome === 'APPLIED' || outcome === 'DUPLICATE', JSON.stringify(part.failure));
    assert.equal(part.first_offset, first);
    outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
  }
  return outcomes;
}

async function fetchAll(client) {
  const got = [];
  for (let position = { earliest: {} }; ; ) {
    const page = await call(client, 'Fetch', { topic, partition: 0, position });
    for (const { records } of page.batches) got.push(...records.records.map(({ value }) => `${value}`));
    if (page.next_offset >= page.high_watermark) return got;
    position = { offset: page.next_offset };
  }
}

async function main() {
  const lines = fs.readFileSync(file, 'utf8').trimEnd().split('\n');
  const values = lines.map((line) => JSON.stringify(JSON.parse(line).value));
  await call(connect(api.TopicService, addresses[0]), 'CreateTopic', { topic: { topic, partitions: 1 } });
  const outcomes = await produce(values.map((value) => Buffer.from(value)));
  assert.deepEqual(await fetchAll(connect(api.ConsumerService, addresses.at(-1))), values);
  const told = Object.entries(outcomes).sort().map(([outcome, count]) => `${count} ${outcome}`).join(', ');
  console.log(
    `node: ${values.length} events in calls that broke are there once each; batches, sent again: ${told}`);
}

main().then(() => process.exit(0), (error) => { console.error(`node: ${error.message}`); process.exit(1); });
