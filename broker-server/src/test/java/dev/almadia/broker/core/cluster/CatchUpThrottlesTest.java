// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.core.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import dev.almadia.broker.core.Images;
import dev.almadia.broker.core.metadata.MetadataImage;
import dev.almadia.broker.core.topics.Decision;
import dev.almadia.internal.v1.MetadataCommand;
import org.junit.jupiter.api.Test;

class CatchUpThrottlesTest {
  private static final long MIB = 1 << 20;

  private MetadataImage image = Images.register(Images.formed(3), 4, "i4", "");

  @Test
  void theSettingHoldsWhereNothingRuns() {
    assertThat(CatchUpThrottles.bytesPerSecond(image, 7 * MIB)).isEqualTo(7 * MIB);
    assertThat(CatchUpThrottles.bytesPerSecond(image, 0)).isEqualTo(Long.MAX_VALUE);
  }

  @Test
  void theLowestThrottleOfWhatRunsHoldsButNeverAboveTheSetting() {
    image = Images.with(image, "t", 2, 3);
    assertThat(decommission(3, 2 * MIB)).isInstanceOf(Decision.Accepted.class);
    assertThat(CatchUpThrottles.bytesPerSecond(image, 0)).isEqualTo(2 * MIB);
    assertThat(CatchUpThrottles.bytesPerSecond(image, MIB)).isEqualTo(MIB);

    var cancelled = Operations.cancel(image, image.runningOperations().get(0).name(), 1);
    image = Images.apply(image, ((Decision.Accepted<MetadataCommand>) cancelled).value());
    assertThat(CatchUpThrottles.bytesPerSecond(image, 0)).isEqualTo(Long.MAX_VALUE);
  }

  @Test
  void aThrottleThatWouldHangIsRefused() {
    for (long wrong : new long[] {-1, 1, CatchUpThrottles.BYTES_PER_SECOND_MIN - 1}) {
      assertThat(decommission(3, wrong)).isInstanceOf(Decision.Refused.class);
    }
    assertThat(image.runningOperations()).isEmpty();
  }

  private Decision<Order> decommission(int broker, long throttle) {
    Decision<Order> decision =
        new Orders(image, ClusterFactsOf.allConnected(image), new Orders.Caller("", throttle))
            .decommission(broker);
    if (decision instanceof Decision.Accepted<Order> accepted) {
      image = Images.apply(image, accepted.value().command());
    }
    return decision;
  }
}
