// SPDX-License-Identifier: Apache-2.0
package dev.almadia.cli;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import dev.almadia.client.Reasons;
import dev.almadia.v1.ReasonInfo;
import io.grpc.Status;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** Explains error reasons and health findings. */
@Command(
    name = "explain",
    description = "Say what an error reason or a health finding means and what to do.",
    footerHeading = "Examples:%n",
    footer = {"  almadia explain NO_LEADER", "  almadia explain          list all codes", ""})
@SuppressWarnings("NullAway.Init") // Filled in by picocli.
final class ExplainCommand implements Callable<Integer> {
  private final Console console;
  @Mixin private GlobalOptions global;

  @Parameters(
      arity = "0..1",
      paramLabel = "CODE",
      description = "A code such as NO_LEADER; without one, all are listed")
  private @Nullable String code;

  ExplainCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() {
    if (code == null) {
      list();
      return ExitCode.OK;
    }
    String name =
        code.toUpperCase(Locale.ROOT).replace('-', '_').replaceFirst("^ERROR_REASON_", "");
    Explanations.Entry entry = Explanations.find(name).orElse(null);
    if (entry == null) {
      String near =
          Suggest.near(name, Explanations.all().keySet())
              .map(suggestion -> "; did you mean '" + suggestion + "'?")
              .orElse("; 'almadia explain' lists all codes");
      throw new CliException(ExitCode.NOT_FOUND, "no code '" + code + "'" + near);
    }
    JsonObject tree = tree(name, entry);
    if (global.format() == GlobalOptions.Format.table) {
      StringBuilder text = new StringBuilder(name).append('\n');
      tree.entrySet().stream()
          .filter(field -> !field.getKey().equals("code"))
          .forEach(
              field ->
                  text.append(String.format(Locale.ROOT, "  %-9s", field.getKey() + ":"))
                      .append(field.getValue().getAsString())
                      .append('\n'));
      console.out().print(text);
    } else {
      new Output(console, global).tree(tree, new Table());
    }
    return ExitCode.OK;
  }

  private static JsonObject tree(String name, Explanations.Entry entry) {
    JsonObject tree = new JsonObject();
    tree.addProperty("code", name);
    tree.addProperty("what", entry.what());
    tree.addProperty("why", entry.why());
    tree.addProperty("do", entry.now());
    if (!entry.more().isEmpty()) {
      tree.addProperty("more", entry.more());
    }
    Reasons.find(name)
        .ifPresent(
            reason -> {
              ReasonInfo info = Reasons.info(reason);
              tree.addProperty("grpc", Status.fromCodeValue(info.getGrpcCode()).getCode().name());
              tree.addProperty("retry", retry(info));
              tree.addProperty("outcome", "of a write: " + info.getOutcome());
            });
    return tree;
  }

  private static String retry(ReasonInfo info) {
    return switch (info.getRetry()) {
      case RETRY_CLASS_NO -> "no: the same call gives the same error";
      case RETRY_CLASS_BACKOFF -> "yes, after a pause: nothing was done";
      case RETRY_CLASS_REDIRECT -> "yes, at the broker that the error names";
      case RETRY_CLASS_REREAD -> "read the current state first";
      case RETRY_CLASS_IF_IDEMPOTENT -> "only if a duplicate does no harm";
      case RETRY_CLASS_OPERATOR -> "after an operator has acted";
      case RETRY_CLASS_UNSPECIFIED, UNRECOGNIZED -> "unknown";
    };
  }

  private void list() {
    Table table = new Table("CODE", "WHAT");
    JsonArray array = new JsonArray();
    for (Map.Entry<String, Explanations.Entry> e : Explanations.all().entrySet()) {
      table.row(e.getKey(), e.getValue().what());
      array.add(tree(e.getKey(), e.getValue()));
    }
    new Output(console, global).tree(array, table);
  }
}
