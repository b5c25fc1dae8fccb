// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.core.metadata;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.NavigableMap;
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
    hash.addMetadataGroup(image.metadataGroup());
    hash.add(image.operations().size());
    image.operations().values().forEach(hash::addOperation);
    hash.add(image.leaderBalancing() ? 1 : 0);
    hash.add(image.forced().size());
    image.forced().forEach(hash::addNote);
    hash.add(image.givenUp().size());
    image
        .givenUp()
        .forEach(
            (broker, disks) -> {
              hash.add(broker).add(disks.size());
              disks.forEach(hash::add);
            });
    return HexFormat.of().formatHex(hash.digest.digest());
  }

  private void addBroker(BrokerImage broker) {
    add(broker.brokerId()).add(broker.incarnation()).add(broker.endpoint());
    add(broker.internalEndpoint()).add(broker.httpEndpoint()).add(broker.version());
    add(broker.zone()).add(broker.state().getNumber());
  }

  private void addTopic(TopicImage topic) {
    add(topic.name()).add(topic.topicId()).add(topic.replicationFactor());
    add(topic.config().getDurabilityValue()).add(topic.config().getMaxBatchBytes());
    add(topic.config().getCompressionValue()).add(topic.config().getDedupWindowMs());
    add(topic.revision()).add(topic.changeRevision()).add(topic.createTimeMs());
    add(topic.labels().size());
    new TreeMap<>(topic.labels()).forEach((key, value) -> add(key).add(value));
    add(topic.partitions().size());
    for (PartitionImage partition : topic.partitions()) {
      add(partition.partition()).add(partition.groupId()).add(partition.targetRevision());
      add(partition.isSettled() ? 1 : 0);
      addAll(partition.target()).addAll(partition.leaving()).addLives(partition.lives());
      addAll(partition.createdWith());
    }
  }

  private void addMetadataGroup(MetadataGroupImage group) {
    addAll(group.voters()).addAll(group.learners()).addAll(group.leaving());
    addLives(group.lives()).add(group.isSettled() ? 1 : 0);
    add(group.targetRevision()).add(group.formedWith().size());
    group.formedWith().forEach((broker, incarnation) -> add(broker).add(incarnation));
  }

  private void addOperation(OperationImage operation) {
    add(operation.id()).add(operation.kind().apiName()).add(operation.brokerId());
    add(operation.topic()).add(operation.total()).add(operation.done());
    add(operation.replicationFactorBefore()).add(operation.state().getNumber());
    add(operation.startTimeMs()).add(operation.endTimeMs()).add(operation.message());
    add(operation.requestedBy()).add(operation.throttleBytesPerSecond());
    add(operation.moves().size());
    operation
        .moves()
        .forEach(move -> add(move.groupId()).addAll(move.before()).addAll(move.after()));
  }

  private void addNote(ForcedNote note) {
    add(note.index()).add(note.timeMs()).add(note.groupId()).add(note.message());
  }

  private ImageHash addAll(List<Integer> numbers) {
    add(numbers.size());
    numbers.forEach(this::add);
    return this;
  }

  private ImageHash addLives(NavigableMap<Integer, Integer> lives) {
    add(lives.size());
    lives.forEach((broker, life) -> add(broker).add(life));
    return this;
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
