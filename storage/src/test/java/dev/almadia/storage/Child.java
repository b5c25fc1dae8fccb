// SPDX-License-Identifier: Apache-2.0
package dev.almadia.storage;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A second process that uses a store, to be killed. */
record Child(Process process, BufferedReader output) implements AutoCloseable {
  /** Starts {@link ChildMain} with this role. */
  static Child start(String role, Path directory) throws IOException {
    return start(List.of(), role, directory);
  }

  /** Starts it through other commands, such as a shell that sets limits. */
  static Child start(List<String> through, String role, Path directory) throws IOException {
    List<String> command = new ArrayList<>(through);
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-Xmx128m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"));
    command.add(
        NativeLibrary.optionFor(directory.resolveSibling(directory.getFileName() + ".library")));
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.addAll(List.of(ChildMain.class.getName(), role, directory.toString()));
    Process process =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
    return new Child(
        process,
        new BufferedReader(
            new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8)));
  }

  @Nullable String readLine() throws IOException {
    return output.readLine();
  }

  /** SIGKILL. By its handle, because the other way closes what it has written too. */
  void kill() {
    process.toHandle().destroyForcibly();
    process.onExit().join();
  }

  @Override
  public void close() {
    kill();
  }
}
