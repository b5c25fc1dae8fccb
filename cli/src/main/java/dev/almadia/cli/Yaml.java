// SPDX-License-Identifier: Apache-2.0
package dev.almadia.cli;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import java.util.Map;
import java.util.regex.Pattern;

/** Writes a JSON tree as YAML 1.2: block style, strings in quotes wherever plain could mislead. */
final class Yaml {
  private static final Pattern PLAIN = Pattern.compile("[A-Za-z_/][A-Za-z0-9_./-]*");
  private static final Pattern WORD =
      Pattern.compile("(?i)true|false|yes|no|on|off|null|y|n|\\.nan|\\.inf");

  private Yaml() {}

  static String of(JsonElement element) {
    StringBuilder out = new StringBuilder();
    if (isLeaf(element)) {
      return leaf(element) + "\n";
    }
    block(element, 0, out);
    return out.toString();
  }

  private static boolean isLeaf(JsonElement element) {
    return element.isJsonNull()
        || element.isJsonPrimitive()
        || (element.isJsonArray() && element.getAsJsonArray().isEmpty())
        || (element.isJsonObject() && element.getAsJsonObject().isEmpty());
  }

  private static void block(JsonElement element, int indent, StringBuilder out) {
    if (element.isJsonArray()) {
      array(element.getAsJsonArray(), indent, out);
    } else {
      object(element.getAsJsonObject(), indent, out);
    }
  }

  private static void array(JsonArray array, int indent, StringBuilder out) {
    for (JsonElement item : array) {
      if (isLeaf(item)) {
        out.append(" ".repeat(indent)).append("- ").append(leaf(item)).append('\n');
        continue;
      }
      StringBuilder inner = new StringBuilder();
      block(item, indent + 2, inner);
      // The first line of the item starts on the line of its dash.
      out.append(" ".repeat(indent)).append("- ").append(inner, indent + 2, inner.length());
    }
  }

  private static void object(JsonObject object, int indent, StringBuilder out) {
    for (Map.Entry<String, JsonElement> field : object.entrySet()) {
      out.append(" ".repeat(indent)).append(string(field.getKey())).append(':');
      if (isLeaf(field.getValue())) {
        out.append(' ').append(leaf(field.getValue())).append('\n');
      } else {
        out.append('\n');
        block(field.getValue(), indent + 2, out);
      }
    }
  }

  private static String leaf(JsonElement element) {
    if (element.isJsonArray()) {
      return "[]";
    }
    if (element.isJsonObject()) {
      return "{}";
    }
    if (element.isJsonNull()) {
      return "null";
    }
    JsonPrimitive primitive = element.getAsJsonPrimitive();
    return primitive.isString() ? string(primitive.getAsString()) : primitive.getAsString();
  }

  private static String string(String text) {
    if (PLAIN.matcher(text).matches() && !WORD.matcher(text).matches()) {
      return text;
    }
    // A JSON string is a YAML double-quoted string.
    return Json.compact(new JsonPrimitive(text));
  }
}
