// SPDX-License-Identifier: Apache-2.0
package dev.almadia.cli;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import com.google.gson.Strictness;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import com.google.protobuf.ByteString;
import dev.almadia.client.ReadRecord;
import dev.almadia.v1.Header;
import dev.almadia.v1.Record;
import java.io.IOException;
import java.io.StringReader;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.Base64;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Records as JSON lines, for {@code produce --from-json} and {@code consume}. */
final class RecordJson {
  private static final Set<String> FIELDS =
      Set.of(
          "key",
          "keyBase64",
          "value",
          "valueBase64",
          "headers",
          "timestamp",
          "recordId",
          "recordIdBase64",
          "partition",
          "topic",
          "offset");

  private RecordJson() {}

  /**
   * A record to produce.
   *
   * @param partition null if the line names none
   */
  record Parsed(Record record, @Nullable Integer partition) {}

  /** Why a line is no record. */
  static final class BadLine extends Exception {
    BadLine(String message) {
      super(message);
    }
  }

  /**
   * Reads a line: key, value, headers, timestamp, recordId, partition, each optional. A value that
   * is not a string stands for its compact JSON. What {@code consume} writes is read back; its
   * topic and offset are left out.
   */
  static Parsed parse(String line) throws BadLine {
    JsonObject object = object(line);
    for (String field : object.keySet()) {
      if (!FIELDS.contains(field)) {
        throw new BadLine(
            "unknown field '"
                + field
                + "'"
                + Suggest.near(field, FIELDS).map(n -> "; did you mean '" + n + "'?").orElse(""));
      }
    }
    Record.Builder record = Record.newBuilder();
    ByteString key = bytes(object, "key");
    if (key != null) {
      record.setKey(key);
    }
    ByteString value = bytes(object, "value");
    if (value != null) {
      record.setValue(value);
    }
    headers(object.get("headers"), record);
    record.setTimestampMs(timestamp(object.get("timestamp")));
    ByteString recordId = bytes(object, "recordId");
    if (recordId != null) {
      record.setRecordId(recordId);
    }
    JsonElement partition = object.get("partition");
    if (partition == null || partition.isJsonNull()) {
      return new Parsed(record.build(), null);
    }
    try {
      return new Parsed(record.build(), Integer.parseInt(partition.getAsString()));
    } catch (NumberFormatException | UnsupportedOperationException e) {
      throw new BadLine("partition is no number: " + Json.compact(partition));
    }
  }

  private static JsonObject object(String line) throws BadLine {
    JsonElement element = strict(line);
    if (element == null) {
      throw new BadLine("it is not JSON");
    }
    if (!element.isJsonObject()) {
      throw new BadLine("it is JSON, but no object with key and value");
    }
    return element.getAsJsonObject();
  }

  /** Parses exactly one JSON value; null if the text is anything else. */
  static @Nullable JsonElement strict(String text) {
    try {
      JsonReader reader = new JsonReader(new StringReader(text));
      reader.setStrictness(Strictness.STRICT);
      JsonElement element = JsonParser.parseReader(reader);
      return reader.peek() == JsonToken.END_DOCUMENT ? element : null;
    } catch (JsonParseException | IOException e) {
      return null;
    }
  }

  private static @Nullable ByteString bytes(JsonObject object, String field) throws BadLine {
    JsonElement base64 = object.get(field + "Base64");
    if (base64 != null) {
      try {
        return ByteString.copyFrom(Base64.getDecoder().decode(base64.getAsString()));
      } catch (IllegalArgumentException | UnsupportedOperationException e) {
        throw new BadLine(field + "Base64 is no base64");
      }
    }
    JsonElement element = object.get(field);
    if (element == null || element.isJsonNull()) {
      return null;
    }
    boolean isString = element.isJsonPrimitive() && element.getAsJsonPrimitive().isString();
    return ByteString.copyFromUtf8(isString ? element.getAsString() : Json.compact(element));
  }

  private static void headers(@Nullable JsonElement headers, Record.Builder record) throws BadLine {
    if (headers == null || headers.isJsonNull()) {
      return;
    }
    if (headers.isJsonObject()) {
      for (Map.Entry<String, JsonElement> e : headers.getAsJsonObject().entrySet()) {
        record.addHeaders(header(e.getKey(), headers.getAsJsonObject(), e.getKey()));
      }
      return;
    }
    if (!headers.isJsonArray()) {
      throw new BadLine("headers is neither {\"name\": \"value\"} nor a list of {key, value}");
    }
    for (JsonElement item : headers.getAsJsonArray()) {
      if (!item.isJsonObject() || !item.getAsJsonObject().has("key")) {
        throw new BadLine("a header has no key");
      }
      JsonObject object = item.getAsJsonObject();
      record.addHeaders(header(object.get("key").getAsString(), object, "value"));
    }
  }

  private static Header header(String name, JsonObject holder, String field) throws BadLine {
    ByteString value = bytes(holder, field);
    return Header.newBuilder()
        .setKey(name)
        .setValue(value == null ? ByteString.EMPTY : value)
        .build();
  }

  private static long timestamp(@Nullable JsonElement timestamp) throws BadLine {
    if (timestamp == null || timestamp.isJsonNull()) {
      return 0;
    }
    try {
      String text = timestamp.getAsString();
      return text.matches("-?[0-9]+") ? Long.parseLong(text) : Instant.parse(text).toEpochMilli();
    } catch (DateTimeParseException | NumberFormatException | UnsupportedOperationException e) {
      throw new BadLine(
          "timestamp is neither milliseconds nor a time such as 2026-09-01T12:00:00Z");
    }
  }

  /** A record that was read, as one line of JSON. */
  static JsonObject of(String topic, ReadRecord read) {
    JsonObject object = new JsonObject();
    object.addProperty("topic", topic);
    object.addProperty("partition", read.partition());
    object.addProperty("offset", read.offset());
    object.addProperty("timestamp", Instant.ofEpochMilli(read.timestampMs()).toString());
    Record record = read.record();
    put(object, "key", record.hasKey() ? record.getKey() : null);
    put(object, "value", record.hasValue() ? record.getValue() : null);
    if (!record.getRecordId().isEmpty()) {
      put(object, "recordId", record.getRecordId());
    }
    if (record.getHeadersCount() > 0) {
      JsonArray headers = new JsonArray();
      for (Header header : record.getHeadersList()) {
        JsonObject item = new JsonObject();
        item.addProperty("key", header.getKey());
        put(item, "value", header.getValue());
        headers.add(item);
      }
      object.add("headers", headers);
    }
    return object;
  }

  private static void put(JsonObject object, String field, @Nullable ByteString bytes) {
    if (bytes == null) {
      object.add(field, JsonNull.INSTANCE);
      return;
    }
    Optional<String> text = utf8(bytes);
    if (text.isPresent()) {
      object.addProperty(field, text.get());
    } else {
      object.addProperty(field + "Base64", Base64.getEncoder().encodeToString(bytes.toByteArray()));
    }
  }

  /** The text that the bytes are in UTF-8; empty if they are none. */
  static Optional<String> utf8(ByteString bytes) {
    try {
      ByteBuffer buffer = bytes.asReadOnlyByteBuffer();
      return Optional.of(StandardCharsets.UTF_8.newDecoder().decode(buffer).toString());
    } catch (CharacterCodingException e) {
      return Optional.empty();
    }
  }
}
