// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.core;

import dev.almadia.broker.core.metadata.MetadataImage;
import dev.almadia.broker.core.metadata.MetadataImages;
import dev.almadia.broker.core.metadata.MetadataResult;
import dev.almadia.broker.core.topics.Decision;
import dev.almadia.broker.core.topics.TopicCommands;
import dev.almadia.internal.v1.BrokerRegistration;
import dev.almadia.internal.v1.MetadataCommand;
import dev.almadia.v1.CreateTopicRequest;
import dev.almadia.v1.Topic;

/** Metadata images for tests, made the way brokers make them. */
public final class Images {
  private Images() {}

  /** A cluster of brokers 1 to n. */
  public static MetadataImage brokers(int count) {
    MetadataImage image = MetadataImage.EMPTY;
    for (int id = 1; id <= count; id++) {
      image =
          apply(
              image,
              MetadataCommand.newBuilder()
                  .setRegisterBroker(
                      BrokerRegistration.newBuilder()
                          .setBrokerId(id)
                          .setIncarnation("i" + id)
                          .setEndpoint("b" + id + ":1"))
                  .build());
    }
    return image;
  }

  /** With one more topic. */
  public static MetadataImage with(
      MetadataImage image, String name, int partitions, int replicationFactor) {
    Decision<MetadataCommand> decision =
        TopicCommands.create(
            image,
            CreateTopicRequest.newBuilder()
                .setTopic(
                    Topic.newBuilder()
                        .setTopic(name)
                        .setPartitions(partitions)
                        .setReplicationFactor(replicationFactor))
                .build(),
            100_000,
            1);
    return apply(image, ((Decision.Accepted<MetadataCommand>) decision).value());
  }

  /** After a command that must not be refused. */
  public static MetadataImage apply(MetadataImage image, MetadataCommand command) {
    MetadataResult result = MetadataImages.apply(image, image.revision() + 1, command);
    if (result.error() != null) {
      throw new AssertionError(result.error());
    }
    return result.image();
  }
}
