// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.rules;

import java.time.Instant;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.LoggerFactory;

/**
 * One method for each way of being impure; {@link ImportRulesTest} expects each of them to be
 * named.
 */
@SuppressWarnings("unused")
final class ImpureSample {
  private static Object status() {
    return io.grpc.Status.OK;
  }

  private static Object rocks() {
    return org.rocksdb.CompressionType.NO_COMPRESSION;
  }

  private static boolean file() {
    return new java.io.File("x").exists();
  }

  private static Object path() {
    return java.nio.file.Path.of("x");
  }

  private static Object socket() {
    return java.net.InetAddress.getLoopbackAddress();
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

  private static long nanos() {
    return System.nanoTime();
  }

  private static long millis() {
    return System.currentTimeMillis();
  }

  private static Object now() {
    return Instant.now();
  }

  private static double mathChance() {
    return Math.random();
  }

  private static int chance() {
    return new Random(1).nextInt();
  }

  private static Object uuid() {
    return UUID.randomUUID();
  }
}
