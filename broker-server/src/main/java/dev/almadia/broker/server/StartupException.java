// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.server;

/** A broker could not start. The message is one line: what, where, what to do. */
public final class StartupException extends Exception {
  private static final long serialVersionUID = 1L;

  /** One line for people. */
  public StartupException(String message) {
    super(message);
  }

  /** One line for people, with the cause for the log. */
  public StartupException(String message, Throwable cause) {
    super(message, cause);
  }
}
