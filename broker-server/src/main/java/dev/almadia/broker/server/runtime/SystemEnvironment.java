// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.server.runtime;

import dev.almadia.raft.shard.ShardEnvironment;
import java.util.concurrent.ThreadLocalRandom;

/** The machine's clocks, and chance. Any thread. */
final class SystemEnvironment implements ShardEnvironment {
  @Override
  public long nanoTime() {
    return System.nanoTime();
  }

  @Override
  public long wallMillis() {
    return System.currentTimeMillis();
  }

  @Override
  public int random(int bound) {
    return ThreadLocalRandom.current().nextInt(bound);
  }
}
