// SPDX-License-Identifier: Apache-2.0
package dev.almadia.client;

import java.util.ArrayList;
import java.util.List;

/**
 * A host name or address and a port.
 *
 * @param host not empty; an IPv6 address without brackets
 * @param port 1 to 65,535
 */
public record HostAndPort(String host, int port) {
  private static final int ADDRESSES_MAX = 100;

  /** Checks the values. */
  public HostAndPort {
    if (host.isEmpty() || port < 1 || port > 65_535) {
      throw new IllegalArgumentException("'" + host + ":" + port + "' is no host:port");
    }
  }

  /**
   * Reads {@code host:port}, {@code [v6]:port}.
   *
   * @throws IllegalArgumentException with one line that names the text
   */
  public static HostAndPort parse(String text) {
    int colon = text.lastIndexOf(':');
    String host = colon < 0 ? "" : text.substring(0, colon).strip();
    if (host.startsWith("[") && host.endsWith("]")) {
      host = host.substring(1, host.length() - 1);
    } else if (host.indexOf(':') >= 0) {
      host = "";
    }
    try {
      return new HostAndPort(host, Integer.parseInt(text.substring(colon + 1).strip()));
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "'" + text + "' is no host:port with a port from 1 to 65535, such as 127.0.0.1:9400", e);
    }
  }

  /**
   * Reads addresses separated by commas, at least one and at most 100.
   *
   * @throws IllegalArgumentException with one line that names the text
   */
  public static List<HostAndPort> parseList(String text) {
    List<HostAndPort> addresses = new ArrayList<>();
    for (String part : text.split(",", -1)) {
      addresses.add(parse(part.strip()));
    }
    if (addresses.size() > ADDRESSES_MAX) {
      throw new IllegalArgumentException("more than " + ADDRESSES_MAX + " addresses");
    }
    return addresses;
  }

  @Override
  public String toString() {
    return (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + port;
  }
}
