// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.core;

import dev.almadia.broker.core.metadata.MetadataImage;
import dev.almadia.broker.core.metadata.MetadataImages;
import dev.almadia.broker.core.metadata.MetadataResult;
import dev.almadia.broker.core.topics.Decision;
import dev.almadia.broker.core.topics.TopicCommands;
import dev.almadia.internal.v1.BrokerRegistration;
import dev.almadia.internal.v1.InitCluster;
import dev.almadia.internal.v1.MetadataCommand;
import dev.almadia.v1.CreateTopicRequest;
import dev.almadia.v1.Topic;

/** Metadata images for tests, made the way brokers make them. */
public final class Images {
  private Images() {}

  /** A cluster of brokers 1 to n, whose metadata group is not managed. */
  public static MetadataImage brokers(int count) {
    MetadataImage image = MetadataImage.EMPTY;
    for (int id = 1; id <= count; id++) {
      image = register(image, id, "i" + id, "");
    }
    return image;
  }

  /** A cluster that brokers 1 to n formed. */
  public static MetadataImage formed(int count) {
    InitCluster.Builder init = InitCluster.newBuilder().setClusterId("c");
    for (int id = 1; id <= count; id++) {
      init.putFormedWith(id, "i" + id);
    }
    MetadataImage image =
        apply(MetadataImage.EMPTY, MetadataCommand.newBuilder().setInitCluster(init).build());
    for (int id = 1; id <= count; id++) {
      image = register(image, id, "i" + id, "");
    }
    return image;
  }

  /** With a broker that makes itself known. */
  public static MetadataImage register(
      MetadataImage image, int id, String incarnation, String zone) {
    return apply(
        image,
        MetadataCommand.newBuilder()
            .setRegisterBroker(
                BrokerRegistration.newBuilder()
                    .setBrokerId(id)
                    .setIncarnation(incarnation)
                    .setZone(zone)
                    .setEndpoint("b" + id + ":1"))
            .build());
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
            limits(100_000),
            1);
    return apply(image, ((Decision.Accepted<MetadataCommand>) decision).value());
  }

  /** So many partitions, and all brokers can be reached. */
  public static TopicCommands.CreateLimits limits(int partitionsMax) {
    return new TopicCommands.CreateLimits(partitionsMax, id -> true);
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
