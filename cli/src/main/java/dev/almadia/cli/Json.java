// SPDX-License-Identifier: Apache-2.0
package dev.almadia.cli;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonElement;
import com.google.gson.JsonParser;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.protobuf.util.JsonFormat;

/** JSON as the API defines it. */
final class Json {
  private static final Gson PRETTY =
      new GsonBuilder().setPrettyPrinting().disableHtmlEscaping().serializeNulls().create();
  private static final Gson COMPACT =
      new GsonBuilder().disableHtmlEscaping().serializeNulls().create();

  private Json() {}

  /** The proto JSON mapping of a message, with fields that have their default value. */
  static JsonElement of(Message message) {
    try {
      return JsonParser.parseString(
          JsonFormat.printer().alwaysPrintFieldsWithNoPresence().print(message));
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalStateException(
          "no JSON for " + message.getDescriptorForType().getFullName(), e);
    }
  }

  static String pretty(JsonElement element) {
    return PRETTY.toJson(element);
  }

  static String compact(JsonElement element) {
    return COMPACT.toJson(element);
  }
}
