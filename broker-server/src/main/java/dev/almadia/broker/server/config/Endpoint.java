// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.server.config;

import java.net.InetSocketAddress;

/**
 * A host and a port.
 *
 * @param host name or address; an IPv6 address without brackets
 * @param port 0 to 65,535; 0 lets the system choose when listening
 */
public record Endpoint(String host, int port) {
  private static final int PORT_MAX = 65_535;

  /**
   * Reads {@code host:port} or {@code [v6]:port}.
   *
   * @throws IllegalArgumentException if it is neither; the message says what is wrong
   */
  public static Endpoint parse(String text) {
    int colon = text.lastIndexOf(':');
    if (colon <= 0) {
      throw new IllegalArgumentException("not of the form host:port");
    }
    String host = text.substring(0, colon).strip();
    if (host.startsWith("[") && host.endsWith("]")) {
      host = host.substring(1, host.length() - 1);
    } else if (host.indexOf(':') >= 0) {
      throw new IllegalArgumentException("an IPv6 address needs brackets: [::1]:9400");
    }
    if (host.isEmpty() || host.chars().anyMatch(c -> c <= ' ' || c == '/' || c == 127)) {
      throw new IllegalArgumentException("not of the form host:port");
    }
    return new Endpoint(host, parsePort(text.substring(colon + 1).strip()));
  }

  private static int parsePort(String text) {
    try {
      int port = Integer.parseInt(text);
      if (port >= 0 && port <= PORT_MAX) {
        return port;
      }
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException("the port is no number", e);
    }
    throw new IllegalArgumentException("the port is not between 0 and 65535");
  }

  /** The same host with another port. */
  public Endpoint withPort(int otherPort) {
    return new Endpoint(host, otherPort);
  }

  /** Whether it stands for all addresses of the machine, so that nobody can connect to it. */
  public boolean isWildcard() {
    return host.equals("0.0.0.0") || host.equals("::") || host.equals("*");
  }

  /** For sockets; resolves the name. */
  public InetSocketAddress toSocketAddress() {
    return host.equals("*") ? new InetSocketAddress(port) : new InetSocketAddress(host, port);
  }

  @Override
  public String toString() {
    return host.indexOf(':') >= 0 ? "[" + host + "]:" + port : host + ":" + port;
  }
}
