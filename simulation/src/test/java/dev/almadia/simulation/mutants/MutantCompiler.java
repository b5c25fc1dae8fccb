// SPDX-License-Identifier: Apache-2.0
package dev.almadia.simulation.mutants;

import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.net.URI;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import javax.tools.Diagnostic;
import javax.tools.DiagnosticCollector;
import javax.tools.FileObject;
import javax.tools.ForwardingJavaFileManager;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileManager;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;

/** Compiles changed sources against the classes of this build. Nothing is written to the disk. */
final class MutantCompiler {
  private final JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
  private final StandardJavaFileManager files = compiler.getStandardFileManager(null, null, null);

  /**
   * The classes that differ, by name; nested ones too.
   *
   * @throws IllegalStateException if the change no longer fits its source or does not compile
   */
  Map<String, byte[]> compile(Mutant mutant) {
    Map<String, List<String>> sources = new LinkedHashMap<>();
    for (SourceChange change : mutant.changes()) {
      List<String> source =
          sources.containsKey(change.file())
              ? sources.get(change.file())
              : Repository.lines(Repository.root().resolve(change.file()));
      sources.put(change.file(), change.applyTo(source));
    }
    List<JavaFileObject> units = new ArrayList<>();
    sources.forEach((file, lines) -> units.add(new Source(file, String.join("\n", lines))));
    DiagnosticCollector<JavaFileObject> problems = new DiagnosticCollector<>();
    Outputs outputs = new Outputs(files);
    List<String> options =
        List.of("--release", "17", "-proc:none", "-cp", System.getProperty("java.class.path", ""));
    boolean compiled = compiler.getTask(null, outputs, problems, options, null, units).call();
    if (!compiled) {
      throw new IllegalStateException(mutant.name() + " does not compile: " + errorsOf(problems));
    }
    return outputs.classes();
  }

  private static List<String> errorsOf(DiagnosticCollector<JavaFileObject> problems) {
    return problems.getDiagnostics().stream()
        .filter(problem -> problem.getKind() == Diagnostic.Kind.ERROR)
        .map(Object::toString)
        .toList();
  }

  private static final class Source extends SimpleJavaFileObject {
    private final String text;

    private Source(String file, String text) {
      super(URI.create("string:///" + file), Kind.SOURCE);
      this.text = text;
    }

    @Override
    public CharSequence getCharContent(boolean ignoreEncodingErrors) {
      return text;
    }
  }

  private static final class Output extends SimpleJavaFileObject {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

    private Output(String className) {
      super(URI.create("memory:///" + className.replace('.', '/') + ".class"), Kind.CLASS);
    }

    @Override
    public OutputStream openOutputStream() {
      return bytes;
    }
  }

  /** Keeps what the compiler makes. */
  private static final class Outputs extends ForwardingJavaFileManager<JavaFileManager> {
    private final Map<String, Output> made = new TreeMap<>();

    private Outputs(JavaFileManager files) {
      super(files);
    }

    @Override
    public JavaFileObject getJavaFileForOutput(
        Location location, String className, JavaFileObject.Kind kind, FileObject sibling) {
      Output output = new Output(className);
      made.put(className, output);
      return output;
    }

    private Map<String, byte[]> classes() {
      Map<String, byte[]> classes = new TreeMap<>();
      made.forEach((name, output) -> classes.put(name, output.bytes.toByteArray()));
      return classes;
    }
  }
}
