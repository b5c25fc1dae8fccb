// SPDX-License-Identifier: Apache-2.0
package dev.almadia.cli;

/** Something that is done if the process is told to end (Ctrl-C) before this is closed. */
final class ExitHook implements AutoCloseable {
  private final Thread thread;

  ExitHook(String name, Runnable task) {
    thread = new Thread(task, name);
    Runtime.getRuntime().addShutdownHook(thread);
  }

  @Override
  public void close() {
    boolean unused = remove();
  }

  /** False if the process is ending, and the task under way. */
  private boolean remove() {
    try {
      return Runtime.getRuntime().removeShutdownHook(thread);
    } catch (IllegalStateException e) {
      return false;
    }
  }
}
