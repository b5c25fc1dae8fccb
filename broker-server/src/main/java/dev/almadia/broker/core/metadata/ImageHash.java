// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.core.metadata;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.TreeMap;

/** Hash of a metadata image: brokers at the same revision must show the same one. */
public final class ImageHash {
  private final MessageDigest digest;

  private ImageHash() {
    try {
      digest = MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }

  /** SHA-256 over everything in the image, hexadecimal. */
  public static String of(MetadataImage image) {
    ImageHash hash = new ImageHash();
    hash.add(image.revision()).add(image.clusterId()).add(image.nextGroupId());
    hash.add(image.brokers().size());
    image.brokers().values().forEach(hash::addBroker);
    hash.add(image.topics().size());
    image.topics().values().forEach(hash::addTopic);
    return HexFormat.of().formatHex(hash.digest.digest());
  }

  private void addBroker(BrokerImage broker) {
    add(broker.brokerId()).add(broker.incarnation()).add(broker.endpoint());
    add(broker.internalEndpoint()).add(broker.httpEndpoint()).add(broker.version());
  }

  private void addTopic(TopicImage topic) {
    add(topic.name()).add(topic.topicId()).add(topic.replicationFactor());
    add(topic.config().getDurabilityValue()).add(topic.config().getMaxBatchBytes());
    add(topic.revision()).add(topic.createTimeMs());
    add(topic.labels().size());
    new TreeMap<>(topic.labels()).forEach((key, value) -> add(key).add(value));
    add(topic.partitions().size());
    for (PartitionImage partition : topic.partitions()) {
      add(partition.groupId()).add(partition.replicas().size());
      partition.replicas().forEach(this::add);
    }
  }

  private ImageHash add(long value) {
    digest.update(ByteBuffer.allocate(Long.BYTES).putLong(value).array());
    return this;
  }

  private ImageHash add(String value) {
    byte[] bytes = value.getBytes(StandardCharsets.UTF_8);
    add(bytes.length);
    digest.update(bytes);
    return this;
  }
}
