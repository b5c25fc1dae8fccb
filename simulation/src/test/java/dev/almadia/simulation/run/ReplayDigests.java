// SPDX-License-Identifier: Apache-2.0
package dev.almadia.simulation.run;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** A process that replays seeds and prints for each the digest of all that a replay prints. */
final class ReplayDigests {
  private ReplayDigests() {}

  public static void main(String[] args) throws NoSuchAlgorithmException {
    SeedRange seeds = SeedRange.parse(args[0], SeedRange::freshBase);
    for (long seed = seeds.first(); seed <= seeds.last(); seed++) {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      RunResult result =
          Replay.run(
              Tested.runner(),
              RunSpec.of(seed),
              line -> digest.update((line + "\n").getBytes(StandardCharsets.UTF_8)));
      System.out.println(
          seed
              + " events "
              + result.traceEvents()
              + " trace "
              + Long.toHexString(result.traceHash())
              + " text "
              + HexFormat.of().formatHex(digest.digest()));
    }
  }
}
