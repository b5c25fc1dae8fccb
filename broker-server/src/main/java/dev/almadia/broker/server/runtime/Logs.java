// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.server.runtime;

import dev.almadia.broker.server.config.BrokerConfig.LogFormat;
import java.util.Locale;
import org.slf4j.bridge.SLF4JBridgeHandler;

/** Logging of a process that is a broker and nothing else. */
public final class Logs {
  /** What conf/log4j2.xml looks up at each event. */
  static final String FORMAT_PROPERTY = "almadia.log.format";

  private Logs() {}

  /** Takes the configured format, and what libraries say to java.util.logging. */
  public static void takeOver(LogFormat format) {
    System.setProperty(FORMAT_PROPERTY, format.name().toLowerCase(Locale.ROOT));
    SLF4JBridgeHandler.removeHandlersForRootLogger();
    SLF4JBridgeHandler.install();
  }
}
