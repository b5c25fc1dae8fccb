// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.core.cluster;

import dev.almadia.broker.core.BrokerError;
import dev.almadia.broker.core.Errors;
import dev.almadia.broker.core.metadata.MetadataImage;
import dev.almadia.broker.core.metadata.OperationImage;
import org.jspecify.annotations.Nullable;

/**
 * How fast a broker may copy to replicas that are behind: its own setting, and the throttles of
 * operations that run. All copying of a broker shares one rate, so that the lowest throttle holds
 * for everything that it copies meanwhile: never faster than somebody asked for. Pure.
 */
public final class CatchUpThrottles {
  /** Below this a single large entry takes so long that the replica seems to hang. */
  public static final long BYTES_PER_SECOND_MIN = 64 << 10;

  private CatchUpThrottles() {}

  /**
   * The rate that is in force.
   *
   * @param settingBytesPerSecond the broker's setting; 0 for no limit
   * @return at least 1; {@link Long#MAX_VALUE} for no limit
   */
  public static long bytesPerSecond(MetadataImage image, long settingBytesPerSecond) {
    long rate = settingBytesPerSecond == 0 ? Long.MAX_VALUE : settingBytesPerSecond;
    for (OperationImage operation : image.runningOperations()) {
      long throttle = operation.throttleBytesPerSecond();
      if (throttle > 0) {
        rate = Math.min(rate, throttle);
      }
    }
    return rate;
  }

  /** Why this throttle of an order is refused; null if it is not. */
  static @Nullable BrokerError refusalOf(long throttleBytesPerSecond) {
    return throttleBytesPerSecond == 0 || throttleBytesPerSecond >= BYTES_PER_SECOND_MIN
        ? null
        : Errors.invalid(
            "throttle_bytes_per_second",
            String.valueOf(throttleBytesPerSecond),
            "must be 0 (the broker's setting) or at least " + BYTES_PER_SECOND_MIN);
  }
}
