// SPDX-License-Identifier: Apache-2.0
package dev.almadia.simulation.run;

/** What the tests of fresh seeds and of several JVMs run. */
final class Tested {
  private Tested() {}

  static SeedRunner runner() {
    return new Simulator();
  }
}
