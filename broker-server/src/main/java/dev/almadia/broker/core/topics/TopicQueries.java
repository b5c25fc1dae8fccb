// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.core.topics;

import dev.almadia.broker.core.BrokerError;
import dev.almadia.broker.core.Errors;
import dev.almadia.broker.core.metadata.MetadataImage;
import dev.almadia.broker.core.metadata.MetadataImage.PartitionOfTopic;
import dev.almadia.broker.core.metadata.PartitionImage;
import dev.almadia.broker.core.metadata.TopicImage;
import dev.almadia.v1.ListPartitionsRequest;
import dev.almadia.v1.ListTopicsRequest;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.NavigableMap;
import org.jspecify.annotations.Nullable;

/**
 * Reads of topics. A page token is the place after which to go on, so that topics that come and go
 * between pages shift nothing.
 */
public final class TopicQueries {
  /** Items on a page if the request does not say. */
  static final int PAGE_SIZE_DEFAULT = 1_000;

  /** Most items on a page. */
  static final int PAGE_SIZE_MAX = 10_000;

  private static final String TOKEN_RULE = "must be the next_page_token of an earlier answer";

  private TopicQueries() {}

  /** One topic. */
  public static Decision<TopicImage> topic(MetadataImage image, String name) {
    TopicImage topic = image.topic(name);
    if (topic != null) {
      return Decision.accept(topic);
    }
    BrokerError badName = TopicNames.refusalOf("topic", name);
    return Decision.refuse(badName != null ? badName : TopicNames.notFound(image, name));
  }

  /** One partition. */
  public static Decision<PartitionOfTopic> partition(
      MetadataImage image, String name, int partition) {
    Decision<TopicImage> found = topic(image, name);
    if (found instanceof Decision.Refused<TopicImage> refused) {
      return Decision.refuse(refused.error());
    }
    TopicImage topic = ((Decision.Accepted<TopicImage>) found).value();
    if (partition < 0 || partition >= topic.partitions().size()) {
      return Decision.refuse(Errors.partitionNotFound(name, partition, topic.partitions().size()));
    }
    return Decision.accept(new PartitionOfTopic(topic, topic.partitions().get(partition)));
  }

  /** Topics by name. The token is the name of the last topic of the page before. */
  public static Decision<Page<TopicImage>> list(MetadataImage image, ListTopicsRequest request) {
    BrokerError badSize = refusalOf(request.getPageSize());
    if (badSize != null) {
      return Decision.refuse(badSize);
    }
    String token = request.getPageToken();
    if (!token.isEmpty() && !TopicNames.isValid(token)) {
      return Decision.refuse(Errors.invalid("page_token", token, TOKEN_RULE));
    }
    if (request.getFilter().length() > TopicNames.CHARS_MAX) {
      return Decision.refuse(
          Errors.invalid("filter", request.getFilter(), "must be at most 200 characters"));
    }
    int size = pageSize(request.getPageSize());
    List<TopicImage> items = new ArrayList<>();
    for (TopicImage topic : image.topics().tailMap(token, false).values()) {
      if (!topic.name().contains(request.getFilter())) {
        continue;
      }
      if (items.size() == size) {
        return Decision.accept(new Page<>(items, items.get(size - 1).name()));
      }
      items.add(topic);
    }
    return Decision.accept(new Page<>(items, ""));
  }

  /**
   * Partitions by topic and number. The token is topic and number of the last one of the page
   * before, with a slash between.
   */
  public static Decision<Page<PartitionOfTopic>> listPartitions(
      MetadataImage image, ListPartitionsRequest request) {
    BrokerError badSize = refusalOf(request.getPageSize());
    if (badSize != null) {
      return Decision.refuse(badSize);
    }
    Place after = Place.parse(request.getPageToken());
    if (after == null) {
      return Decision.refuse(Errors.invalid("page_token", request.getPageToken(), TOKEN_RULE));
    }
    NavigableMap<String, TopicImage> rest = image.topics().tailMap(after.topic(), true);
    Collection<TopicImage> topics = rest.values();
    if (!request.getTopic().isEmpty()) {
      Decision<TopicImage> one = topic(image, request.getTopic());
      if (one instanceof Decision.Refused<TopicImage> refused) {
        return Decision.refuse(refused.error());
      }
      topics = List.of(((Decision.Accepted<TopicImage>) one).value());
    }
    return Decision.accept(page(topics, after, pageSize(request.getPageSize())));
  }

  private static Page<PartitionOfTopic> page(Collection<TopicImage> topics, Place after, int size) {
    List<PartitionOfTopic> items = new ArrayList<>();
    for (TopicImage topic : topics) {
      int from = topic.name().equals(after.topic()) ? after.partition() + 1 : 0;
      List<PartitionImage> partitions = topic.partitions();
      for (int number = from; number < partitions.size(); number++) {
        if (items.size() == size) {
          PartitionOfTopic last = items.get(size - 1);
          return new Page<>(
              items, new Place(last.topic().name(), last.partition().partition()).token());
        }
        items.add(new PartitionOfTopic(topic, partitions.get(number)));
      }
    }
    return new Page<>(items, "");
  }

  private static @Nullable BrokerError refusalOf(int pageSize) {
    return pageSize < 0 || pageSize > PAGE_SIZE_MAX
        ? Errors.invalid(
            "page_size", String.valueOf(pageSize), "must be from 0 to " + PAGE_SIZE_MAX)
        : null;
  }

  private static int pageSize(int wanted) {
    return wanted == 0 ? PAGE_SIZE_DEFAULT : wanted;
  }

  /** Place in the list of partitions. */
  private record Place(String topic, int partition) {
    private static final Place START = new Place("", -1);
    private static final int DIGITS_MAX = 9;

    String token() {
      return topic + "/" + partition;
    }

    /** Null if this is no token. */
    static @Nullable Place parse(String token) {
      if (token.isEmpty()) {
        return START;
      }
      int slash = token.lastIndexOf('/');
      String digits = token.substring(slash + 1);
      boolean number =
          !digits.isEmpty()
              && digits.length() <= DIGITS_MAX
              && digits.chars().allMatch(c -> c >= '0' && c <= '9');
      if (slash < 0 || !number || !TopicNames.isValid(token.substring(0, slash))) {
        return null;
      }
      return new Place(token.substring(0, slash), Integer.parseInt(digits));
    }
  }
}
