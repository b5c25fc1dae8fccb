// SPDX-License-Identifier: Apache-2.0
package dev.almadia.history;

import com.google.gson.Gson;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.Writer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Histories as JSON lines: a header, then one operation per line. Stateless. */
public final class HistoryFile {
  static final String FORMAT = "almadia-history";
  static final int VERSION = 1;

  private static final Gson GSON = new Gson();

  private HistoryFile() {}

  /** Writes all operations. */
  public static void write(History history, Writer writer) throws IOException {
    JsonObject header = new JsonObject();
    header.addProperty("format", FORMAT);
    header.addProperty("version", VERSION);
    line(header, writer);
    for (Operation operation : history.operations()) {
      line(OperationToJson.of(operation), writer);
    }
  }

  /**
   * Reads all operations.
   *
   * @throws IOException if a line cannot be read or is not an operation; names the line
   */
  public static History read(BufferedReader reader) throws IOException {
    checkHeader(reader.readLine());
    List<Operation> operations = new ArrayList<>();
    int number = 1;
    for (String text = reader.readLine(); text != null; text = reader.readLine()) {
      number++;
      try {
        operations.add(OperationFromJson.of(JsonParser.parseString(text).getAsJsonObject()));
      } catch (JsonParseException
          | IllegalArgumentException
          | IllegalStateException
          | UnsupportedOperationException
          | IndexOutOfBoundsException broken) {
        throw new IOException("Line " + number + " is not an operation: " + text, broken);
      }
    }
    return new History(operations);
  }

  private static void checkHeader(@Nullable String text) throws IOException {
    JsonObject expected = new JsonObject();
    expected.addProperty("format", FORMAT);
    expected.addProperty("version", VERSION);
    if (text == null || !text.equals(GSON.toJson(expected))) {
      throw new IOException("Not a history of version " + VERSION + ": " + text);
    }
  }

  private static void line(JsonObject object, Writer writer) throws IOException {
    writer.write(GSON.toJson(object));
    writer.write('\n');
  }
}
