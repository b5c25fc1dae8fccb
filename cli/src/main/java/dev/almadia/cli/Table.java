// SPDX-License-Identifier: Apache-2.0
package dev.almadia.cli;

import java.util.ArrayList;
import java.util.List;

/** Rows under headings; columns of numbers to the right. */
final class Table {
  private final List<String> headings;
  private final List<List<String>> rows = new ArrayList<>();

  Table(String... headings) {
    this.headings = List.of(headings);
  }

  /** Adds a row with one cell per heading. */
  Table row(Object... cells) {
    if (cells.length != headings.size()) {
      throw new IllegalArgumentException(cells.length + " cells under " + headings);
    }
    List<String> row = new ArrayList<>();
    for (Object cell : cells) {
      row.add(String.valueOf(cell));
    }
    rows.add(row);
    return this;
  }

  /** The table with a line break after each line; only headings if there are no rows. */
  String render() {
    StringBuilder out = new StringBuilder();
    line(headings, out);
    rows.forEach(row -> line(row, out));
    return out.toString();
  }

  private void line(List<String> cells, StringBuilder out) {
    StringBuilder line = new StringBuilder();
    for (int i = 0; i < cells.size(); i++) {
      String cell = cells.get(i);
      String space = " ".repeat(width(i) - cell.length());
      line.append(isNumeric(i) ? space + cell : cell + space).append("  ");
    }
    out.append(line.toString().stripTrailing()).append('\n');
  }

  private int width(int column) {
    int width = headings.get(column).length();
    for (List<String> row : rows) {
      width = Math.max(width, row.get(column).length());
    }
    return width;
  }

  private boolean isNumeric(int column) {
    return !rows.isEmpty()
        && rows.stream().allMatch(row -> row.get(column).matches("-?[0-9.,]+|-|"));
  }
}
