// SPDX-License-Identifier: Apache-2.0
package dev.almadia.cli;

import com.google.gson.JsonObject;
import dev.almadia.client.AlmadiaClient;
import dev.almadia.client.AlmadiaException;
import dev.almadia.v1.GetServerInfoResponse;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.Properties;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Mixin;

/** Says which version this is, and that of the broker if one answers. */
@Command(
    name = "version",
    description = "Show the version of this command, and of the broker if one answers.",
    footerHeading = "Examples:%n",
    footer = {"  almadia version", "  almadia version -o json", ""})
@SuppressWarnings("NullAway.Init") // Filled in by picocli.
final class VersionCommand implements Callable<Integer> {
  private final Console console;
  @Mixin private GlobalOptions global;

  VersionCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() {
    JsonObject tree = new JsonObject();
    tree.addProperty("client", version());
    Table table = new Table("PART", "VERSION").row("almadia", version());
    try (AlmadiaClient client = global.connect(global.timeoutOr(Duration.ofSeconds(1)))) {
      GetServerInfoResponse info = client.admin().serverInfo();
      tree.add("server", Json.of(info));
      table.row("broker " + info.getBrokerId(), info.getVersion());
    } catch (AlmadiaException e) {
      if (global.verbose) {
        console.say(Errors.line("asking the broker for its version", e));
      }
    }
    new Output(console, global).tree(tree, table);
    return ExitCode.OK;
  }

  /** The version of this build. */
  static String version() {
    Properties properties = new Properties();
    try (InputStream in = VersionCommand.class.getResourceAsStream("version.properties")) {
      if (in != null) {
        properties.load(in);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return properties.getProperty("version", "unknown");
  }

  /** For --version. */
  static final class Provider implements IVersionProvider {
    @Override
    public String[] getVersion() {
      return new String[] {"almadia " + version()};
    }
  }
}
