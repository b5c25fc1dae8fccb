// SPDX-License-Identifier: Apache-2.0
package dev.almadia.cli;

import dev.almadia.client.AlmadiaException;
import dev.almadia.simulation.run.SeedRunner;
import dev.almadia.simulation.run.Simulator;
import java.io.PrintWriter;
import java.lang.reflect.Constructor;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import java.util.logging.LogManager;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.UnmatchedArgumentException;

/**
 * Entry of the {@code almadia} command.
 *
 * <p>Data goes to standard output, messages to standard error, and every failure is one line and an
 * {@link ExitCode}; a stack trace never reaches the user.
 */
public final class Main {
  private static final List<String> HELP_ORDER =
      List.of(
          CommandLine.Model.UsageMessageSpec.SECTION_KEY_FOOTER_HEADING,
          CommandLine.Model.UsageMessageSpec.SECTION_KEY_FOOTER,
          CommandLine.Model.UsageMessageSpec.SECTION_KEY_SYNOPSIS_HEADING,
          CommandLine.Model.UsageMessageSpec.SECTION_KEY_SYNOPSIS,
          CommandLine.Model.UsageMessageSpec.SECTION_KEY_DESCRIPTION_HEADING,
          CommandLine.Model.UsageMessageSpec.SECTION_KEY_DESCRIPTION,
          CommandLine.Model.UsageMessageSpec.SECTION_KEY_PARAMETER_LIST_HEADING,
          CommandLine.Model.UsageMessageSpec.SECTION_KEY_PARAMETER_LIST,
          CommandLine.Model.UsageMessageSpec.SECTION_KEY_OPTION_LIST_HEADING,
          CommandLine.Model.UsageMessageSpec.SECTION_KEY_OPTION_LIST,
          CommandLine.Model.UsageMessageSpec.SECTION_KEY_COMMAND_LIST_HEADING,
          CommandLine.Model.UsageMessageSpec.SECTION_KEY_COMMAND_LIST);

  private static final int NAME_LENGTH_SHOWN = 60;

  private final Console console;

  private Main(Console console) {
    this.console = console;
  }

  /** Runs the command and ends the process with its exit code. */
  public static void main(String[] args) {
    quietLogs(args);
    int exitCode = run(Console.ofProcess(), args);
    // Not System.exit on success of a server: its threads are gone by then, or it was stopped.
    System.exit(exitCode);
  }

  /** Libraries have nothing to say to the user of a command; a server logs as it is configured. */
  private static void quietLogs(String[] args) {
    boolean isServer = args.length > 0 && args[0].equals("server");
    if (isServer) {
      return;
    }
    LogManager.getLogManager().reset();
    boolean isDemo = args.length > 0 && args[0].equals("demo");
    if (!isDemo && System.getProperty("log4j2.configurationFile") == null) {
      System.setProperty("log4j2.configurationFile", "classpath:almadia-cli-log4j2.xml");
    }
  }

  /** Runs the command in this process; for tests. */
  static int run(Console console, String... args) {
    return run(console, Simulator::new, args);
  }

  /** The same with something else for simulations. */
  static int run(Console console, Supplier<SeedRunner> simulator, String... args) {
    CommandLine commandLine = commandLine(console, simulator);
    int exitCode = commandLine.execute(args);
    boolean unused = console.flush();
    return exitCode;
  }

  /** The whole command with its tree. */
  static CommandLine commandLine(Console console) {
    return commandLine(console, Simulator::new);
  }

  private static CommandLine commandLine(Console console, Supplier<SeedRunner> simulator) {
    Main main = new Main(console);
    CommandLine commandLine = new CommandLine(RootCommand.class, new Factory(console, simulator));
    commandLine
        .setCaseInsensitiveEnumValuesAllowed(true)
        .setOut(new PrintWriter(console.out(), true, StandardCharsets.UTF_8))
        .setErr(new PrintWriter(console.err(), true, StandardCharsets.UTF_8))
        .setUsageHelpAutoWidth(true)
        .setUsageHelpLongOptionsMaxWidth(34)
        .setAbbreviatedOptionsAllowed(false)
        .setParameterExceptionHandler(main::usageError)
        .setExecutionExceptionHandler(main::failure)
        .setHelpSectionKeys(HELP_ORDER);
    return commandLine;
  }

  private int usageError(ParameterException e, String[] args) {
    CommandLine command = e.getCommandLine();
    String name = command.getCommandSpec().qualifiedName();
    if (String.valueOf(e.getMessage()).contains("required subcommand")) {
      command.usage(console.err());
      return ExitCode.USAGE;
    }
    StringBuilder line = new StringBuilder("almadia: ").append(picocliText(e));
    String typed = firstUnmatched(e);
    if (typed != null) {
      Suggest.near(typed, candidates(command.getCommandSpec()))
          .ifPresent(near -> line.append("; did you mean '").append(near).append("'?"));
    }
    line.append("; see: ").append(name).append(" --help");
    console.say(line.toString());
    return ExitCode.USAGE;
  }

  private static String picocliText(ParameterException e) {
    return Errors.oneLine(String.valueOf(e.getMessage())).replace("option option", "option");
  }

  private static @Nullable String firstUnmatched(ParameterException e) {
    if (e instanceof UnmatchedArgumentException unmatched && !unmatched.getUnmatched().isEmpty()) {
      return unmatched.getUnmatched().get(0).replaceFirst("=.*", "");
    }
    return null;
  }

  private static List<String> candidates(CommandSpec spec) {
    List<String> names = new ArrayList<>(spec.subcommands().keySet());
    spec.options().forEach(option -> names.addAll(List.of(option.names())));
    return names;
  }

  private int failure(Exception e, CommandLine command, ParseResult parsed) {
    boolean unused = console.flush();
    String name = command.getCommandSpec().qualifiedName().replaceFirst("^almadia ", "");
    if (e instanceof CliException cli) {
      console.say("almadia: " + Errors.oneLine(cli.line()));
      return cli.exitCode();
    }
    if (e instanceof AlmadiaException almadia) {
      console.say(Errors.line(what(name, parsed), almadia));
      if (isVerbose(parsed)) {
        Errors.details(almadia).forEach(console::say);
      }
      return Errors.exitCode(almadia);
    }
    console.say(
        "almadia: " + name + " failed: " + Errors.oneLine(e.toString()) + "; this is a defect");
    if (isVerbose(parsed)) {
      for (StackTraceElement element : e.getStackTrace()) {
        console.say("  at " + element);
      }
    }
    return ExitCode.FAILED;
  }

  private static String what(String name, ParseResult parsed) {
    ParseResult leaf = parsed;
    while (leaf.hasSubcommand()) {
      leaf = leaf.subcommand();
    }
    Object first = leaf.hasMatchedPositional(0) ? leaf.matchedPositionalValue(0, null) : null;
    return first instanceof String text ? name + " " + shown(text) : name;
  }

  private static String shown(String name) {
    String line = Errors.oneLine(name);
    if (line.isEmpty()) {
      return "''";
    }
    return line.length() <= NAME_LENGTH_SHOWN ? line : line.substring(0, NAME_LENGTH_SHOWN) + "…";
  }

  private static boolean isVerbose(ParseResult parsed) {
    ParseResult leaf = parsed;
    while (leaf.hasSubcommand()) {
      leaf = leaf.subcommand();
    }
    return leaf.hasMatchedOption("--verbose");
  }

  /** Makes commands; those with a constructor for it get the console. */
  private record Factory(Console console, Supplier<SeedRunner> simulator)
      implements CommandLine.IFactory {
    @Override
    public <K> K create(Class<K> type) throws Exception {
      if (type == SimulateCommand.class) {
        return type.cast(new SimulateCommand(console, simulator));
      }
      for (Constructor<?> constructor : type.getDeclaredConstructors()) {
        Class<?>[] parameters = constructor.getParameterTypes();
        if (parameters.length == 1 && parameters[0] == Console.class) {
          return type.cast(constructor.newInstance(console));
        }
      }
      return CommandLine.defaultFactory().create(type);
    }
  }
}
