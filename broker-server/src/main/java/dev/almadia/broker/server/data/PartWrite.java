// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.server.data;

import dev.almadia.broker.core.metadata.TopicImage;
import dev.almadia.broker.core.record.ProducedBatch;
import java.util.function.Consumer;

/**
 * A batch for one partition.
 *
 * @param topic the topic as it was when the call came
 * @param partition its number, which exists
 * @param batch the records, checked
 * @param terms on which they may be appended
 * @param call the call that it is done for
 * @param waitsWhenOverloaded a full queue is waited for, instead of failing with THROTTLED
 * @param done hears of the end, once, on any thread
 */
record PartWrite(
    TopicImage topic,
    int partition,
    ProducedBatch batch,
    WriteTerms terms,
    CallInfo call,
    boolean waitsWhenOverloaded,
    Consumer<PartResult> done) {
  /** The same with other records. */
  PartWrite with(ProducedBatch other) {
    return new PartWrite(topic, partition, other, terms, call, waitsWhenOverloaded, done);
  }
}
