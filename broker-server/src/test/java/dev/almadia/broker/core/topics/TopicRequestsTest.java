// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.core.topics;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.FieldMask;
import dev.almadia.broker.core.BrokerError;
import dev.almadia.broker.core.Images;
import dev.almadia.broker.core.metadata.MetadataImage;
import dev.almadia.broker.core.metadata.TopicImage;
import dev.almadia.internal.v1.MetadataCommand;
import dev.almadia.v1.CreateTopicRequest;
import dev.almadia.v1.DeleteTopicRequest;
import dev.almadia.v1.Durability;
import dev.almadia.v1.ErrorReason;
import dev.almadia.v1.ListPartitionsRequest;
import dev.almadia.v1.ListTopicsRequest;
import dev.almadia.v1.Topic;
import dev.almadia.v1.TopicConfig;
import dev.almadia.v1.UpdateTopicRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TopicRequestsTest {
  private final MetadataImage image = Images.with(Images.brokers(3), "orders", 4, 3);

  @ParameterizedTest
  @ValueSource(strings = {"a", "Z9", "a.b_c-d", "-", "_x", "0"})
  void takesGoodNames(String name) {
    assertThat(refusal(topic(name, 1))).isNull();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "", ".", "..", ".a", "../x", "a/b", "a b", "\u00e4", "a\n", "\0", "%2e%2e", "a:b", "\u0430",
        "a\u202e"
      })
  void refusesBadNames(String name) {
    BrokerError error = refusal(topic(name, 1));

    assertThat(error.reason()).isEqualTo(ErrorReason.ERROR_REASON_INVALID_ARGUMENT);
    assertThat(error.message()).matches("[ -~]+");
    assertThat(error.metadata().get("field")).isEqualTo("topic.topic");
  }

  @Test
  void theLengthOfANameIsBoundedAndSoIsWhatIsSaidOfALongOne() {
    assertThat(refusal(topic("x".repeat(200), 1))).isNull();
    assertThat(refusal(topic("x".repeat(201), 1))).isNotNull();
    BrokerError million = refusal(topic("\u001b".repeat(1_000_000), 1));
    assertThat(million.message().length()).isLessThan(600);
    assertThat(million.metadata().toString().length()).isLessThan(600);
  }

  @ParameterizedTest
  @CsvSource({
    "0, 1, INVALID_ARGUMENT",
    "-1, 1, INVALID_ARGUMENT",
    "100001, 1, INVALID_ARGUMENT",
    "100000, 1, PARTITION_LIMIT",
    "997, 1, PARTITION_LIMIT",
    "996, 1, ''",
    "1, -1, INVALID_ARGUMENT",
    "1, 4, NOT_ENOUGH_BROKERS",
    "1, 3, ''"
  })
  void countsHaveLimits(int partitions, int replicas, String reason) {
    BrokerError error =
        refusal(topic("new", partitions).toBuilder().setReplicationFactor(replicas).build());

    assertThat(error == null ? "" : error.reason().name().substring("ERROR_REASON_".length()))
        .isEqualTo(reason);
  }

  @Test
  void configsAndLabelsHaveLimits() {
    Topic good = topic("new", 1);
    for (long bytes : new long[] {-1, 1, 1023, (3 << 20) + 1, Long.MAX_VALUE}) {
      assertThat(refusal(good.toBuilder().setConfig(batchBytes(bytes)).build())).isNotNull();
    }
    for (long bytes : new long[] {0, 1024, 3 << 20}) {
      assertThat(refusal(good.toBuilder().setConfig(batchBytes(bytes)).build())).isNull();
    }
    assertThat(
            refusal(
                good.toBuilder().setConfig(TopicConfig.newBuilder().setDurabilityValue(9)).build()))
        .isNotNull();
    assertThat(refusal(good.toBuilder().putLabels("", "x").build())).isNotNull();
    assertThat(refusal(good.toBuilder().putLabels("k".repeat(64), "x").build())).isNotNull();
    assertThat(refusal(good.toBuilder().putLabels("k", "v".repeat(256)).build())).isNotNull();
    assertThat(refusal(good.toBuilder().putLabels("k", "a\u001b[31m").build())).isNotNull();
    Topic.Builder many = good.toBuilder();
    for (int i = 0; i < 32; i++) {
      many.putLabels("k" + i, "v");
    }
    assertThat(refusal(many.build())).isNull();
    assertThat(refusal(many.putLabels("one more", "v").build())).isNotNull();
  }

  @Test
  void aTopicThatExistsAndAClusterWithoutBrokersAreRefused() {
    assertThat(refusal(topic("orders", 1)).reason())
        .isEqualTo(ErrorReason.ERROR_REASON_TOPIC_EXISTS);
    assertThat(
            error(
                    TopicCommands.create(
                        MetadataImage.EMPTY, request(topic("new", 1)), Images.limits(1000), 1))
                .reason())
        .isEqualTo(ErrorReason.ERROR_REASON_NOT_ENOUGH_BROKERS);
  }

  @Test
  void aTopicThatWouldBeBornWithoutAReachableMajorityIsRefused() {
    MetadataImage image = Images.brokers(3);
    Topic two = topic("new", 1).toBuilder().setReplicationFactor(2).build();
    Topic three = topic("new", 1).toBuilder().setReplicationFactor(3).build();

    BrokerError error = refusalReaching(image, three, Set.of(2));

    assertThat(error.reason()).isEqualTo(ErrorReason.ERROR_REASON_NOT_ENOUGH_BROKERS);
    assertThat(error.message()).contains("only [2] can", "bring back one of [1, 3]");
    assertThat(refusalReaching(image, two, Set.of(2))).isNotNull();
    assertThat(refusalReaching(image, three, Set.of(2, 3))).isNull();
    assertThat(refusalReaching(image, two, Set.of(2, 3))).isNull();
  }

  private static @Nullable BrokerError refusalReaching(
      MetadataImage image, Topic topic, Set<Integer> reachable) {
    return TopicCommands.create(
                image, request(topic), new TopicCommands.CreateLimits(1000, reachable::contains), 1)
            instanceof Decision.Refused<MetadataCommand> refused
        ? refused.error()
        : null;
  }

  @Test
  void theDefaultReplicationFactorIsThreeOrTheNumberOfBrokers() {
    for (int brokers = 1; brokers <= 5; brokers++) {
      MetadataImage made = Images.with(Images.brokers(brokers), "t", 1, 0);
      assertThat(made.topic("t").replicationFactor()).isEqualTo(Math.min(3, brokers));
    }
  }

  @Test
  void anUpdateChangesWhatTheMaskNamesAndKeepsTheRest() {
    TopicImage before = image.topic("orders");
    MetadataCommand command =
        value(
            TopicCommands.update(
                image,
                UpdateTopicRequest.newBuilder()
                    .setTopic(
                        Topic.newBuilder()
                            .setTopic("orders")
                            .setConfig(batchBytes(2 << 20))
                            .putLabels("not", "named"))
                    .setUpdateMask(FieldMask.newBuilder().addPaths("config.max_batch_bytes"))
                    .build(),
                5));

    TopicImage after = Images.apply(image, command).topic("orders");
    assertThat(after.config().getMaxBatchBytes()).isEqualTo(2 << 20);
    assertThat(after.config().getDurability()).isEqualTo(Durability.DURABILITY_QUORUM_SYNCED);
    assertThat(after.labels()).isEmpty();
    assertThat(Topics.toProto(after).getEtag()).isNotEqualTo(Topics.toProto(before).getEtag());
  }

  @ParameterizedTest
  @CsvSource({
    "orders, '', '', INVALID_ARGUMENT",
    "orders, partitions, '', INVALID_ARGUMENT",
    "orders, config.max_bytes, '', INVALID_ARGUMENT",
    "orders, labels, 999, ETAG_MISMATCH",
    "oders, labels, '', TOPIC_NOT_FOUND",
    "../x, labels, '', INVALID_ARGUMENT"
  })
  void badUpdatesAreRefused(String name, String path, String etag, String reason) {
    UpdateTopicRequest.Builder request =
        UpdateTopicRequest.newBuilder().setTopic(Topic.newBuilder().setTopic(name)).setEtag(etag);
    if (!path.isEmpty()) {
      request.setUpdateMask(FieldMask.newBuilder().addPaths(path));
    }

    assertThat(error(TopicCommands.update(image, request.build(), 1)).reason().name())
        .isEqualTo("ERROR_REASON_" + reason);
  }

  @Test
  void aDeleteMayInsistOnAnEtag() {
    String etag = Topics.etag(image.topic("orders"));
    DeleteTopicRequest request = DeleteTopicRequest.newBuilder().setTopic("orders").build();

    assertThat(error(TopicCommands.delete(image, request.toBuilder().setEtag("x").build(), 1)))
        .isNotNull();
    MetadataCommand command =
        value(TopicCommands.delete(image, request.toBuilder().setEtag(etag).build(), 1));
    assertThat(command.getDeleteTopic().getExpectedRevision())
        .isEqualTo(image.topic("orders").revision());
    assertThat(Images.apply(image, command).topic("orders")).isNull();
  }

  @Test
  void pagesCoverEachTopicAndPartitionOnce() {
    MetadataImage many = Images.brokers(1);
    for (int i = 0; i < 23; i++) {
      many = Images.with(many, "t" + i, 1 + i % 4, 1);
    }
    List<String> topics = new ArrayList<>();
    String token = "";
    do {
      Page<TopicImage> page =
          value(
              TopicQueries.list(
                  many,
                  ListTopicsRequest.newBuilder()
                      .setPageSize(5)
                      .setPageToken(token)
                      .setFilter("t")
                      .build()));
      page.items().forEach(topic -> topics.add(topic.name()));
      token = page.nextPageToken();
    } while (!token.isEmpty());
    assertThat(topics).containsExactlyElementsOf(many.topics().keySet());

    List<Long> groups = new ArrayList<>();
    do {
      Page<MetadataImage.PartitionOfTopic> page =
          value(
              TopicQueries.listPartitions(
                  many,
                  ListPartitionsRequest.newBuilder().setPageSize(7).setPageToken(token).build()));
      page.items().forEach(placed -> groups.add(placed.partition().groupId()));
      token = page.nextPageToken();
    } while (!token.isEmpty());
    assertThat(groups)
        .doesNotHaveDuplicates()
        .containsExactlyInAnyOrderElementsOf(many.partitionsByGroup().keySet());
  }

  @ParameterizedTest
  @ValueSource(strings = {"/", "a", "a/", "a/-1", "a/99999999999", "/1", "../x/1", "a/1/x"})
  void badPageTokensAreRefused(String token) {
    assertThat(
            error(
                TopicQueries.listPartitions(
                    image, ListPartitionsRequest.newBuilder().setPageToken(token).build())))
        .isNotNull();
  }

  @Test
  void badPageSizesAreRefused() {
    for (int size : new int[] {-1, 10_001}) {
      assertThat(
              error(
                  TopicQueries.list(
                      image, ListTopicsRequest.newBuilder().setPageSize(size).build())))
          .isNotNull();
    }
  }

  @ParameterizedTest
  @CsvSource({
    "ordrs, orders",
    "Orders, orders",
    "odrers, orders",
    "order, orders",
    "orderss, orders",
    "payments, ''",
    "x, ''"
  })
  void aNearNameIsSuggested(String wrong, String right) {
    BrokerError error = TopicNames.notFound(image, wrong);

    assertThat(error.metadata().getOrDefault("did_you_mean", "")).isEqualTo(right);
  }

  @Test
  void theBandedDistanceIsThatOfTheFullTable() {
    Random random = new Random(5);
    for (int round = 0; round < 5000; round++) {
      String a = letters(random);
      String b = letters(random);
      int limit = random.nextInt(4);
      assertThat(NearNames.distance(a, b, limit))
          .as("%s %s", a, b)
          .isEqualTo(Math.min(limit + 1, fullDistance(a, b)));
    }
  }

  private static int fullDistance(String a, String b) {
    int[][] d = new int[a.length() + 1][b.length() + 1];
    for (int i = 0; i <= a.length(); i++) {
      for (int j = 0; j <= b.length(); j++) {
        if (i == 0 || j == 0) {
          d[i][j] = i + j;
          continue;
        }
        int cost = a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1;
        d[i][j] = Math.min(Math.min(d[i - 1][j], d[i][j - 1]) + 1, d[i - 1][j - 1] + cost);
        if (i > 1
            && j > 1
            && a.charAt(i - 1) == b.charAt(j - 2)
            && a.charAt(i - 2) == b.charAt(j - 1)) {
          d[i][j] = Math.min(d[i][j], d[i - 2][j - 2] + 1);
        }
      }
    }
    return d[a.length()][b.length()];
  }

  private static String letters(Random random) {
    StringBuilder text = new StringBuilder();
    for (int i = random.nextInt(7); i > 0; i--) {
      text.append((char) ('a' + random.nextInt(3)));
    }
    return text.toString();
  }

  private BrokerError refusal(Topic topic) {
    return TopicCommands.create(image, request(topic), Images.limits(1000), 1)
            instanceof Decision.Refused<MetadataCommand> refused
        ? refused.error()
        : null;
  }

  private static CreateTopicRequest request(Topic topic) {
    return CreateTopicRequest.newBuilder().setTopic(topic).build();
  }

  private static Topic topic(String name, int partitions) {
    return Topic.newBuilder().setTopic(name).setPartitions(partitions).build();
  }

  private static TopicConfig batchBytes(long bytes) {
    return TopicConfig.newBuilder().setMaxBatchBytes(bytes).build();
  }

  private static <T> T value(Decision<T> decision) {
    assertThat(decision).isInstanceOf(Decision.Accepted.class);
    return ((Decision.Accepted<T>) decision).value();
  }

  private static <T> BrokerError error(Decision<T> decision) {
    assertThat(decision).isInstanceOf(Decision.Refused.class);
    return ((Decision.Refused<T>) decision).error();
  }
}
