// SPDX-License-Identifier: Apache-2.0
package dev.almadia.cli;

import com.google.gson.JsonElement;
import com.google.gson.JsonPrimitive;
import com.google.protobuf.ByteString;
import dev.almadia.client.ReadRecord;
import dev.almadia.v1.Header;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The format strings of {@code consume -f}: {@code %t} topic, {@code %p} partition, {@code %o}
 * offset, {@code %T} time in milliseconds, {@code %k} key, {@code %v} value, {@code %h} headers,
 * {@code %%} a percent sign; after k and v {@code {hex}}, {@code {base64}} or {@code {json}}; the
 * escapes of C. Immutable.
 */
final class RecordFormat {
  private static final String LETTERS = "tpoTkvh";

  private final List<Part> parts;

  private RecordFormat(List<Part> parts) {
    this.parts = parts;
  }

  private interface Part {
    void write(String topic, ReadRecord read, ByteArrayOutputStream out);
  }

  /**
   * Reads a format.
   *
   * @throws CliException with one line that names the wrong place
   */
  static RecordFormat parse(String format) {
    List<Part> parts = new ArrayList<>();
    ByteArrayOutputStream literal = new ByteArrayOutputStream();
    int i = 0;
    while (i < format.length()) {
      char c = format.charAt(i);
      if (c == '\\' && i + 1 < format.length()) {
        i = escape(format, i + 1, literal);
      } else if (c == '%' && i + 1 < format.length() && format.charAt(i + 1) == '%') {
        literal.write('%');
        i += 2;
      } else if (c == '%') {
        flush(literal, parts);
        i = letter(format, i + 1, parts);
      } else {
        int point = format.codePointAt(i);
        literal.writeBytes(Character.toString(point).getBytes(StandardCharsets.UTF_8));
        i += Character.charCount(point);
      }
    }
    flush(literal, parts);
    return new RecordFormat(List.copyOf(parts));
  }

  private static void flush(ByteArrayOutputStream literal, List<Part> parts) {
    if (literal.size() > 0) {
      byte[] bytes = literal.toByteArray();
      literal.reset();
      parts.add((topic, read, out) -> out.writeBytes(bytes));
    }
  }

  private static int escape(String format, int i, ByteArrayOutputStream literal) {
    char c = format.charAt(i);
    switch (c) {
      case 'n' -> literal.write('\n');
      case 't' -> literal.write('\t');
      case 'r' -> literal.write('\r');
      case '0' -> literal.write(0);
      case '\\' -> literal.write('\\');
      case 'x' -> {
        if (i + 2 >= format.length() || !format.substring(i + 1, i + 3).matches("[0-9a-fA-F]{2}")) {
          throw bad(format, "\\x needs two hexadecimal digits");
        }
        literal.write(Integer.parseInt(format.substring(i + 1, i + 3), 16));
        return i + 3;
      }
      default -> throw bad(format, "unknown escape \\" + c + "; there are n t r 0 \\ xHH");
    }
    return i + 1;
  }

  private static int letter(String format, int i, List<Part> parts) {
    if (i >= format.length() || LETTERS.indexOf(format.charAt(i)) < 0) {
      String found = i < format.length() ? "%" + format.charAt(i) : "% at the end";
      throw bad(format, "unknown " + found + "; there are %t %p %o %T %k %v %h %%");
    }
    char letter = format.charAt(i);
    int next = i + 1;
    String modifier = "";
    if (next < format.length() && format.charAt(next) == '{') {
      int close = format.indexOf('}', next);
      modifier = close < 0 ? "" : format.substring(next + 1, close);
      boolean fits =
          (letter == 'k' || letter == 'v') && List.of("hex", "base64", "json").contains(modifier);
      if (!fits) {
        throw bad(format, "after %k and %v there may be {hex}, {base64} or {json}");
      }
      next = close + 1;
    }
    parts.add(part(letter, modifier));
    return next;
  }

  private static Part part(char letter, String modifier) {
    return switch (letter) {
      case 't' -> (topic, read, out) -> text(topic, out);
      case 'p' -> (topic, read, out) -> text(String.valueOf(read.partition()), out);
      case 'o' -> (topic, read, out) -> text(String.valueOf(read.offset()), out);
      case 'T' -> (topic, read, out) -> text(String.valueOf(read.timestampMs()), out);
      case 'k' ->
          (topic, read, out) ->
              bytes(read.record().hasKey() ? read.record().getKey() : null, modifier, out);
      case 'v' ->
          (topic, read, out) ->
              bytes(read.record().hasValue() ? read.record().getValue() : null, modifier, out);
      default -> (topic, read, out) -> headers(read, out);
    };
  }

  private static void text(String text, ByteArrayOutputStream out) {
    out.writeBytes(text.getBytes(StandardCharsets.UTF_8));
  }

  private static void bytes(
      @Nullable ByteString bytes, String modifier, ByteArrayOutputStream out) {
    if (bytes == null) {
      text(modifier.equals("json") ? "null" : "", out);
      return;
    }
    switch (modifier) {
      case "hex" -> text(HexFormat.of().formatHex(bytes.toByteArray()), out);
      case "base64" -> text(Base64.getEncoder().encodeToString(bytes.toByteArray()), out);
      case "json" -> text(json(bytes), out);
      default -> out.writeBytes(bytes.toByteArray());
    }
  }

  /** JSON as it is; other text as a JSON string; other bytes as a JSON string of base64. */
  private static String json(ByteString bytes) {
    String text =
        RecordJson.utf8(bytes)
            .orElseGet(() -> Base64.getEncoder().encodeToString(bytes.toByteArray()));
    JsonElement element = RecordJson.strict(text);
    return Json.compact(element == null ? new JsonPrimitive(text) : element);
  }

  private static void headers(ReadRecord read, ByteArrayOutputStream out) {
    boolean isFirst = true;
    for (Header header : read.record().getHeadersList()) {
      text((isFirst ? "" : ",") + header.getKey() + "=", out);
      out.writeBytes(header.getValue().toByteArray());
      isFirst = false;
    }
  }

  private static CliException bad(String format, String why) {
    return CliException.usage("-f '" + Errors.oneLine(format) + "': " + why);
  }

  /** The record in this format. */
  byte[] format(String topic, ReadRecord read) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    parts.forEach(part -> part.write(topic, read, out));
    return out.toByteArray();
  }
}
