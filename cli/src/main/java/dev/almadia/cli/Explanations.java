// SPDX-License-Identifier: Apache-2.0
package dev.almadia.cli;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** What each error reason and health finding means. Texts are in {@code explanations.txt}. */
final class Explanations {
  private static final Map<String, Entry> ENTRIES = load();

  private Explanations() {}

  /**
   * One code.
   *
   * @param what what happened
   * @param why how it comes about
   * @param now what to do, short enough for the error line
   * @param more what else to do or know; may be empty
   */
  record Entry(String what, String why, String now, String more) {}

  static Optional<Entry> find(String code) {
    return Optional.ofNullable(ENTRIES.get(code));
  }

  static Map<String, Entry> all() {
    return ENTRIES;
  }

  private static Map<String, Entry> load() {
    Map<String, Entry> entries = new LinkedHashMap<>();
    try (InputStream in = Explanations.class.getResourceAsStream("explanations.txt")) {
      if (in == null) {
        throw new IllegalStateException("explanations.txt is missing");
      }
      BufferedReader reader = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8));
      String code = "";
      Map<String, String> fields = new LinkedHashMap<>();
      for (String line = reader.readLine(); line != null; line = reader.readLine()) {
        if (line.startsWith("[")) {
          put(entries, code, fields);
          code = line.substring(1, line.indexOf(']'));
          fields.clear();
        } else if (!line.isBlank() && !line.startsWith("#")) {
          int colon = line.indexOf(": ");
          fields.put(line.substring(0, colon), line.substring(colon + 2).strip());
        }
      }
      put(entries, code, fields);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return entries;
  }

  private static void put(Map<String, Entry> into, String code, Map<String, String> fields) {
    if (!code.isEmpty()) {
      into.put(
          code,
          new Entry(
              fields.getOrDefault("what", ""),
              fields.getOrDefault("why", ""),
              fields.getOrDefault("now", ""),
              fields.getOrDefault("more", "")));
    }
  }
}
