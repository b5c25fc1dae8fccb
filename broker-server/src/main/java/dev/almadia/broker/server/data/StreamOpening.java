// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.server.data;

import dev.almadia.broker.core.BrokerError;
import dev.almadia.broker.core.Errors;
import dev.almadia.broker.core.metadata.TopicImage;
import dev.almadia.broker.core.producer.ProducerClaim;
import dev.almadia.broker.core.producer.StreamNumbering;
import dev.almadia.internal.v1.OpaqueProduceStreamOpen;
import dev.almadia.v1.OpenProducerResponse;
import dev.almadia.v1.ProduceStreamOpened;
import dev.almadia.v1.ProducerPosition;
import org.jspecify.annotations.Nullable;

/**
 * The opening of a ProduceStream: finds the topic, and makes the stream the only instance of its
 * producer if it asks for that. Any thread may call; nothing blocks.
 */
final class StreamOpening {
  /**
   * A stream that is open.
   *
   * @param topic the topic as it was
   * @param numbering how its batches follow each other, null if the producer has no name
   * @param answer what the client hears of it, but for the window
   */
  record Opened(
      TopicImage topic, @Nullable StreamNumbering numbering, ProduceStreamOpened answer) {}

  private final TopicLookup topics;
  private final OpeningProducers openings;

  StreamOpening(TopicLookup topics, OpeningProducers openings) {
    this.topics = topics;
    this.openings = openings;
  }

  /** Opens a stream. */
  void open(OpaqueProduceStreamOpen request, CallInfo call, Reply<Opened> reply) {
    BrokerError refusal = refusalOf(request);
    if (refusal != null) {
      reply.failed(refusal);
      return;
    }
    topics.find(
        request.getTopic(),
        call,
        new Reply<>() {
          @Override
          public void done(TopicImage topic) {
            if (request.getProducerId().isEmpty() || request.getProducerEpoch() > 0) {
              reply.done(attached(topic, request));
            } else {
              raise(topic, request, call, reply);
            }
          }

          @Override
          public void failed(BrokerError error) {
            reply.failed(error);
          }
        });
  }

  private static @Nullable BrokerError refusalOf(OpaqueProduceStreamOpen request) {
    String id = request.getProducerId();
    long epoch = request.getProducerEpoch();
    if (!id.isEmpty()) {
      BrokerError badId = ProducerClaim.refusalOf(id);
      if (badId != null) {
        return badId;
      }
    }
    if (epoch < 0 || (id.isEmpty() && epoch > 0)) {
      return Errors.invalid(
          "open.producer_epoch",
          String.valueOf(epoch),
          "must not be negative, and needs a producer_id");
    }
    return request.getPartitionsCount() > 0 && (id.isEmpty() || epoch > 0)
        ? Errors.invalid(
            "open.partitions",
            String.valueOf(request.getPartitionsList()),
            "needs a producer_id that is opened, and so epoch 0")
        : null;
  }

  private static ProduceStreamOpened.Builder answer(TopicImage topic) {
    return ProduceStreamOpened.newBuilder()
        .setPartitions(topic.partitions().size())
        .setTopicId(topic.topicId());
  }

  private static StreamNumbering.Who who(
      TopicImage topic, OpaqueProduceStreamOpen request, long epoch) {
    return new StreamNumbering.Who(topic.name(), request.getProducerId(), epoch);
  }

  private static Opened attached(TopicImage topic, OpaqueProduceStreamOpen request) {
    long epoch = request.getProducerEpoch();
    return new Opened(
        topic,
        request.getProducerId().isEmpty()
            ? null
            : StreamNumbering.attached(who(topic, request, epoch)),
        answer(topic).setProducerEpoch(epoch).build());
  }

  private void raise(
      TopicImage topic, OpaqueProduceStreamOpen request, CallInfo call, Reply<Opened> reply) {
    openings.open(
        topic,
        request.getProducerId(),
        request.getPartitionsList(),
        call,
        new Reply<>() {
          @Override
          public void done(OpenProducerResponse opened) {
            long last = 0;
            for (ProducerPosition position : opened.getPositionsList()) {
              last = Math.max(last, position.getLastSequence());
            }
            long epoch = opened.getProducerEpoch();
            reply.done(
                new Opened(
                    topic,
                    StreamNumbering.opened(
                        who(topic, request, epoch), request.getPartitionsList(), last),
                    answer(topic)
                        .setProducerEpoch(epoch)
                        .addAllPositions(opened.getPositionsList())
                        .build()));
          }

          @Override
          public void failed(BrokerError error) {
            reply.failed(error);
          }
        });
  }
}
