// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.server.runtime;

import dev.almadia.raft.shard.ShardEnvironment;
import java.security.SecureRandom;
import java.util.Random;

/** The machine's clocks, and chance from a seed of its own. Any thread. */
final class SystemEnvironment implements ShardEnvironment {
  // Random may be used by any thread; election timeouts are drawn far too seldom to contend for it.
  private final Random random = new Random(new SecureRandom().nextLong());

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
    return random.nextInt(bound);
  }
}
