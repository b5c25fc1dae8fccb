// SPDX-License-Identifier: Apache-2.0
package dev.almadia.codec;

/** The bytes are not what the codec makes; the message says what is wrong, in one line. */
public final class CodecException extends Exception {
  private static final long serialVersionUID = 1L;

  private final String problem;

  /** With what is wrong. */
  public CodecException(String problem) {
    super(problem);
    this.problem = problem;
  }

  /** What is wrong. */
  public String problem() {
    return problem;
  }
}
