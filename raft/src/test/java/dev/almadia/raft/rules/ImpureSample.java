// SPDX-License-Identifier: Apache-2.0
package dev.almadia.raft.rules;

import java.time.Instant;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.LoggerFactory;

/**
 * One method for each way of being impure; {@link ImportRulesTest} expects each of them to be
 * named.
 */
@SuppressWarnings("unused")
final class ImpureSample {
  private static long clock() {
    return System.nanoTime();
  }

  private static long wallClock() {
    return System.currentTimeMillis();
  }

  private static Instant time() {
    return Instant.EPOCH;
  }

  private static double mathChance() {
    return Math.random();
  }

  private static int chance() {
    return new Random(1).nextInt();
  }

  private static void thread() {
    Thread.onSpinWait();
  }

  private static long atomic() {
    return new AtomicLong().get();
  }

  private static void logger() {
    LoggerFactory.getLogger("x").info("x");
  }

  private static boolean file() {
    return new java.io.File("x").exists();
  }

  private static long fork() {
    return List.of(1).parallelStream().count();
  }

  private static synchronized void lock() {}

  private static void print() {
    System.out.println();
  }
}
