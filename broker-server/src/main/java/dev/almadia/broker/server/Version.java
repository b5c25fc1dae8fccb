// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.server;

/** Version of this software. */
public final class Version {
  private static final String UNPACKED = "0.1.0-SNAPSHOT";

  private Version() {}

  /** As the jar says; the one in development if there is no jar. */
  public static String current() {
    String version = Version.class.getPackage().getImplementationVersion();
    return version == null ? UNPACKED : version;
  }
}
