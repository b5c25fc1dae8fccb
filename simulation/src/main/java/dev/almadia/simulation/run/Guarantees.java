// SPDX-License-Identifier: Apache-2.0
package dev.almadia.simulation.run;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/** What the numbers of our promises mean, one line each. */
public final class Guarantees {
  private static final Map<String, Named> ALL = all();

  private Guarantees() {}

  private static Map<String, Named> all() {
    Map<String, Named> all = new LinkedHashMap<>();
    all.put("G1", new Named("durability", "what was acknowledged is on the disks of a majority"));
    all.put("G2", new Named("order", "a partition has one order, the same on all replicas"));
    all.put("G3", new Named("offsets", "offsets are dense and equal on all replicas"));
    all.put("G4", new Named("visibility", "only committed records are seen, and seen for ever"));
    all.put("G5", new Named("linearizability", "latest covers all that was acknowledged before"));
    all.put("G6", new Named("idempotence", "a producer's resend is stored once, in its order"));
    all.put("G7", new Named("outcome", "a write that failed as NOT_APPLIED is nowhere, ever"));
    all.put("G8", new Named("groups", "a partition of a group has one owner; commits are kept"));
    all.put("G9", new Named("transactions", "all of a transaction becomes visible, or nothing"));
    all.put("G10", new Named("loud loss", "a reader that was overtaken is told what it lost"));
    all.put("G11", new Named("availability", "a partition with a connected majority serves"));
    all.put("G12", new Named("bounds", "every queue has a limit, every input a clear answer"));
    all.put("G13", new Named("integrity", "changed bytes are found and never served"));
    return Collections.unmodifiableMap(all);
  }

  /** Name and meaning of a promise; both are words of their own for a number that is not known. */
  public static Named of(String guarantee) {
    return ALL.getOrDefault(guarantee, new Named("a promise", "no number that is known"));
  }
}
