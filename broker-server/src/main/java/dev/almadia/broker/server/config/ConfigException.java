// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.server.config;

/** The configuration cannot be used. The message is one line: the key, its source, what to do. */
public final class ConfigException extends Exception {
  private static final long serialVersionUID = 1L;

  /** One line for people. */
  public ConfigException(String message) {
    super(message);
  }
}
