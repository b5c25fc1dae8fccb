// SPDX-License-Identifier: Apache-2.0
package dev.almadia.cli;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.util.JsonFormat;
import dev.almadia.v1.ReplicaMove;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * A plan of moves as JSON: what {@code --dry-run -o json} prints, or only its list {@code plan}, or
 * an object with a list {@code moves} as a request of MoveReplicas has it.
 */
final class PlanFile {
  private static final int BYTES_MAX = 64 << 20;

  private PlanFile() {}

  /**
   * Reads it.
   *
   * @param file path; {@code -} for standard input
   * @throws CliException with one line that says what is wrong where
   */
  static List<ReplicaMove> read(Console console, String file) {
    JsonArray array = listIn(file, parse(file, text(console, file)));
    List<ReplicaMove> moves = new ArrayList<>();
    Set<PartitionName> seen = new HashSet<>();
    for (JsonElement element : array) {
      ReplicaMove move = move(file, moves.size() + 1, element);
      if (!seen.add(new PartitionName(move.getTopic(), move.getPartition()))) {
        throw wrong(file, "names " + move.getTopic() + "/" + move.getPartition() + " twice");
      }
      moves.add(move);
    }
    if (moves.isEmpty()) {
      throw wrong(file, "has no moves");
    }
    return moves;
  }

  private static String text(Console console, String file) {
    try {
      byte[] bytes;
      if (file.equals("-")) {
        bytes = console.in().readNBytes(BYTES_MAX + 1);
      } else if (Files.size(Path.of(file)) > BYTES_MAX) {
        throw wrong(file, "is larger than 64 MiB");
      } else {
        bytes = Files.readAllBytes(Path.of(file));
      }
      return new String(bytes, StandardCharsets.UTF_8);
    } catch (NoSuchFileException | InvalidPathException e) {
      throw new CliException(ExitCode.FAILED, "there is no file '" + file + "'");
    } catch (IOException e) {
      throw new CliException(
          ExitCode.FAILED, "'" + file + "' cannot be read: " + Errors.oneLine(e.toString()));
    }
  }

  private static JsonElement parse(String file, String text) {
    try {
      return JsonParser.parseString(text);
    } catch (JsonParseException e) {
      throw wrong(file, "is no JSON: " + problem(e));
    }
  }

  /** The parser's text without the names of its classes and its link. */
  private static String problem(JsonParseException e) {
    String text = String.valueOf(e.getMessage()).replaceAll("(?s)\\n.*", "");
    return Errors.oneLine(text.replaceAll("[a-zA-Z.]+Exception: ", ""));
  }

  private static JsonArray listIn(String file, JsonElement root) {
    if (root.isJsonArray()) {
      return root.getAsJsonArray();
    }
    if (root.isJsonObject()) {
      JsonObject object = root.getAsJsonObject();
      for (String name : List.of("plan", "moves")) {
        if (object.has(name) && object.get(name).isJsonArray()) {
          return object.getAsJsonArray(name);
        }
      }
    }
    throw wrong(file, "has no list 'plan' or 'moves'; see: almadia partitions move --help");
  }

  private static ReplicaMove move(String file, int number, JsonElement element) {
    ReplicaMove.Builder move = ReplicaMove.newBuilder();
    try {
      JsonFormat.parser().merge(Json.compact(element), move);
    } catch (InvalidProtocolBufferException e) {
      throw wrong(file, "move " + number + ": " + Errors.oneLine(String.valueOf(e.getMessage())));
    }
    if (move.getTopic().isEmpty() || move.getBrokerIdsCount() == 0) {
      throw wrong(file, "move " + number + " needs topic, partition and brokerIds");
    }
    return move.build();
  }

  private static CliException wrong(String file, String problem) {
    return CliException.usage("plan '" + file + "' " + problem);
  }
}
