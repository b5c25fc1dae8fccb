// SPDX-License-Identifier: Apache-2.0
package dev.almadia.cli;

import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Writes a completion script. */
@Command(
    name = "completion",
    description = "Write a script that completes commands and options.",
    footerHeading = "Examples:%n",
    footer = {
      "  source <(almadia completion bash)",
      "  almadia completion zsh > ~/.almadia-completion.zsh",
      "  almadia completion fish > ~/.config/fish/completions/almadia.fish",
      ""
    })
@SuppressWarnings({"NullAway.Init", "unused"}) // Filled in by picocli.
final class CompletionCommand implements Callable<Integer> {
  /** A shell. */
  enum Shell {
    bash,
    zsh,
    fish
  }

  private final Console console;

  @Parameters(paramLabel = "SHELL", description = "bash, zsh or fish")
  private Shell shell;

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Show this help")
  private boolean help;

  CompletionCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() {
    CommandLine root = Main.commandLine(console);
    // The script for bash switches on zsh's own support for bash completions.
    console.out().print(shell == Shell.fish ? fish(root) : AutoComplete.bash("almadia", root));
    return ExitCode.OK;
  }

  private static String fish(CommandLine root) {
    StringBuilder out = new StringBuilder("# fish completion for almadia\n");
    out.append("complete -c almadia -f\n");
    for (Map.Entry<String, CommandLine> e : new TreeMap<>(root.getSubcommands()).entrySet()) {
      CommandSpec spec = e.getValue().getCommandSpec();
      line(out, "__fish_use_subcommand", "-a " + e.getKey(), description(spec));
      inside(out, "__fish_seen_subcommand_from " + e.getKey(), e.getValue());
    }
    return out.toString();
  }

  /** Options and commands below a command, and below these. */
  private static void inside(StringBuilder out, String seen, CommandLine command) {
    options(out, seen, command.getCommandSpec());
    command
        .getSubcommands()
        .forEach(
            (name, sub) -> {
              line(out, seen, "-a " + name, description(sub.getCommandSpec()));
              inside(out, seen + "; and __fish_seen_subcommand_from " + name, sub);
            });
  }

  private static void options(StringBuilder out, String condition, CommandSpec spec) {
    for (OptionSpec option : spec.options()) {
      String description = option.description().length == 0 ? "" : option.description()[0];
      line(out, condition, "-l " + option.longestName().replaceFirst("^-+", ""), description);
    }
  }

  private static String description(CommandSpec spec) {
    String[] lines = spec.usageMessage().description();
    return lines.length == 0 ? "" : lines[0];
  }

  private static void line(StringBuilder out, String condition, String what, String description) {
    out.append("complete -c almadia -n '")
        .append(condition)
        .append("' ")
        .append(what)
        .append(" -d '")
        .append(description.replace("'", ""))
        .append("'\n");
  }
}
