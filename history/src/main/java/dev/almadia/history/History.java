// SPDX-License-Identifier: Apache-2.0
package dev.almadia.history;

import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** What clients did and saw, in the order of invocation. Immutable. */
public final class History {
  private final List<Operation> operations;

  /** A copy of these operations; those of the same instant keep their order. */
  public History(List<Operation> operations) {
    List<Operation> sorted = new ArrayList<>(operations);
    sorted.sort(Comparator.comparingLong(operation -> operation.call().invokedNanos()));
    this.operations = List.copyOf(sorted);
  }

  /** In the order of invocation. */
  public List<Operation> operations() {
    return operations;
  }

  /**
   * Reads a file that {@link #write} made.
   *
   * @throws IOException if it cannot be read or a line is not an operation; names the line
   */
  public static History read(Path file) throws IOException {
    try (BufferedReader reader = Files.newBufferedReader(file)) {
      return HistoryFile.read(reader);
    }
  }

  /** Writes one JSON object per line; see the module's README for the format. */
  public void write(Path file) throws IOException {
    try (BufferedWriter writer = Files.newBufferedWriter(file)) {
      HistoryFile.write(this, writer);
    }
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof History that && operations.equals(that.operations);
  }

  @Override
  public int hashCode() {
    return operations.hashCode();
  }

  @Override
  public String toString() {
    return "history of " + operations.size() + " operations";
  }
}
