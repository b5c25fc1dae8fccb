// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.server;

import dev.almadia.broker.core.BrokerError;

/** Carries a {@link BrokerError} through futures; becomes a gRPC status at the edge. */
public final class BrokerException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final transient BrokerError error;

  /** Wraps an error; has no stack trace, because it is no defect. */
  public BrokerException(BrokerError error) {
    super(error.message(), null, false, false);
    this.error = error;
  }

  /** The error. */
  public BrokerError error() {
    return error;
  }
}
