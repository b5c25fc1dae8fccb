// SPDX-License-Identifier: Apache-2.0
package dev.almadia.storage;

import java.nio.file.Path;
import java.util.Random;

/** The kill test for as long as one likes: {@code CrashLoop DIR CYCLES [SEED]}. */
final class CrashLoop {
  private CrashLoop() {}

  /** Directory, number of kills, seed. */
  public static void main(String[] args) throws Exception {
    Random random = new Random(args.length > 2 ? Long.parseLong(args[2]) : 1);
    int cycles = Integer.parseInt(args[1]);
    for (int cycle = 1; cycle <= cycles; cycle++) {
      long entries = CrashTest.killCycle(Path.of(args[0]), 1000, random);
      System.out.println(
          "cycle " + cycle + ": " + entries + " entries, all acknowledged are there");
    }
  }
}
