// SPDX-License-Identifier: Apache-2.0
package dev.almadia.cli;

import com.google.gson.JsonElement;
import com.google.protobuf.Message;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/** Writes one answer in the form that the user asked for. */
final class Output {
  private final Console console;
  private final GlobalOptions.Format format;

  Output(Console console, GlobalOptions options) {
    this(console, options.format());
  }

  Output(Console console, GlobalOptions.Format format) {
    this.console = console;
    this.format = format;
  }

  /** A list: whole as JSON and YAML, each item a line as JSON lines. */
  void list(Message whole, List<? extends Message> items, Table table) {
    List<JsonElement> lines = new ArrayList<>();
    if (format == GlobalOptions.Format.jsonl) {
      items.forEach(item -> lines.add(Json.of(item)));
      write(whole, lines, table);
    } else {
      write(whole, lines, table);
    }
  }

  /** A single thing. */
  void one(Message message, Table table) {
    tree(Json.of(message), table);
  }

  /** A single thing that is no message of the API. */
  void tree(JsonElement tree, Table table) {
    tree(tree, table::render);
  }

  /** A single thing, with what people read instead of a tree. */
  void tree(JsonElement tree, Supplier<String> forPeople) {
    String text =
        switch (format) {
          case table -> forPeople.get();
          case json -> Json.pretty(tree) + "\n";
          case jsonl -> Json.compact(tree) + "\n";
          case yaml -> Yaml.of(tree);
        };
    print(text);
  }

  private void write(Message whole, List<JsonElement> lines, Table table) {
    if (format != GlobalOptions.Format.jsonl) {
      one(whole, table);
      return;
    }
    StringBuilder text = new StringBuilder();
    lines.forEach(line -> text.append(Json.compact(line)).append('\n'));
    print(text.toString());
  }

  private void print(String text) {
    console.out().print(text);
    // A reader that has gone (head, less) is no failure.
    boolean unused = console.flush();
  }
}
