// SPDX-License-Identifier: Apache-2.0
package dev.almadia.storage;

import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.zip.CRC32C;

/**
 * Whose directory it is. A file of {@code key=value} lines for people to read, its last line a
 * checksum of the others, so that a changed digit is seen.
 *
 * @param format number of the layout of everything in the directory
 * @param brokerId the broker
 * @param incarnation made with the directory. A broker that lost its disk comes back under another,
 *     because its old votes and acknowledgements are gone
 * @param clusterId empty until known
 * @param formedWith brokers that this one formed its cluster with and their incarnations, itself
 *     included; empty if it has not, or joined one that was there
 * @param ready whether the store in it was completely made. If so, a missing store is damage, and
 *     never a reason to make a new one (bug class 41)
 */
record DirectoryIdentity(
    int format,
    int brokerId,
    UUID incarnation,
    String clusterId,
    SortedMap<Integer, String> formedWith,
    boolean ready) {
  /** Layout that this code writes. */
  static final int FORMAT = 3;

  private static final String CHECKSUM = "checksum";

  DirectoryIdentity withClusterId(String id) {
    return new DirectoryIdentity(format, brokerId, incarnation, id, formedWith, ready);
  }

  DirectoryIdentity withFormedWith(SortedMap<Integer, String> brokers) {
    return new DirectoryIdentity(
        format, brokerId, incarnation, clusterId, new TreeMap<>(brokers), ready);
  }

  DirectoryIdentity withReady() {
    return new DirectoryIdentity(format, brokerId, incarnation, clusterId, formedWith, true);
  }

  byte[] encode() {
    String body =
        "# Written by Almadia; do not edit, and do not copy to another broker.\n"
            + ("format=" + format + "\n")
            + ("broker.id=" + brokerId + "\n")
            + ("incarnation=" + incarnation + "\n")
            + ("cluster.id=" + clusterId + "\n")
            + ("formed.with=" + show(formedWith) + "\n")
            + ("store=" + (ready ? "ready" : "new") + "\n");
    return (body + CHECKSUM + "=" + checksum(body) + "\n").getBytes(StandardCharsets.UTF_8);
  }

  /**
   * Reads the file's content. The format number is looked at first: the rest of another format may
   * be anything.
   *
   * @throws IllegalArgumentException if it is not what {@link #encode} makes
   */
  static DirectoryIdentity decode(byte[] content) {
    String text = new String(content, StandardCharsets.UTF_8);
    Map<String, String> values = new LinkedHashMap<>();
    for (String line : text.lines().toList()) {
      int equals = line.indexOf('=');
      if (!line.startsWith("#") && equals > 0) {
        values.put(line.substring(0, equals), line.substring(equals + 1));
      }
    }
    int format = Integer.parseInt(value(values, "format"));
    if (format != FORMAT) {
      return new DirectoryIdentity(format, 0, new UUID(0, 0), "", new TreeMap<>(), true);
    }
    int bodyEnd = text.lastIndexOf(CHECKSUM + "=");
    if (bodyEnd < 0 || !checksum(text.substring(0, bodyEnd)).equals(values.get(CHECKSUM))) {
      throw new IllegalArgumentException("its checksum is wrong");
    }
    return new DirectoryIdentity(
        format,
        Integer.parseInt(value(values, "broker.id")),
        UUID.fromString(value(values, "incarnation")),
        value(values, "cluster.id"),
        parse(values.getOrDefault("formed.with", "")),
        value(values, "store").equals("ready"));
  }

  private static String show(SortedMap<Integer, String> brokers) {
    return brokers.entrySet().stream()
        .map(broker -> broker.getKey() + ":" + broker.getValue())
        .collect(Collectors.joining(","));
  }

  private static SortedMap<Integer, String> parse(String shown) {
    SortedMap<Integer, String> brokers = new TreeMap<>();
    for (String one : shown.split(",", -1)) {
      int colon = one.indexOf(':');
      if (colon > 0) {
        brokers.put(Integer.parseInt(one.substring(0, colon)), one.substring(colon + 1));
      }
    }
    return brokers;
  }

  private static String value(Map<String, String> values, String key) {
    String value = values.get(key);
    if (value == null) {
      throw new IllegalArgumentException("it has no " + key);
    }
    return value;
  }

  private static String checksum(String body) {
    CRC32C crc = new CRC32C();
    crc.update(body.getBytes(StandardCharsets.UTF_8));
    return Long.toHexString(crc.getValue());
  }
}
