// SPDX-License-Identifier: Apache-2.0
package dev.almadia.simulation.mutants;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The simulator as one class loader has it. Only types of the JDK go in and out, because ours are
 * others on each side. Any thread.
 */
final class LoadedSimulator {
  /**
   * What runs a seed: {@code public static String run(long seed, String options)}, which gives null
   * or the first broken promise in a line that starts with its number.
   */
  static final String ENTRY = OneSeed.class.getName();

  /** How the text begins if it did not run to its end. */
  static final String THROWN = "thrown ";

  private final Method run;
  private final String options;

  /**
   * A simulator.
   *
   * @param entry class with the method
   * @param options for the method
   * @param changed classes that carry a planted bug; empty for the code as it is
   */
  LoadedSimulator(String entry, String options, Map<String, byte[]> changed) {
    this.options = options;
    try {
      Class<?> loaded = Class.forName(entry, true, new MutantLoader(changed));
      run = loaded.getMethod("run", long.class, String.class);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("cannot run " + entry, e);
    }
  }

  /** The first broken promise, null if none is. */
  @Nullable String run(long seed) {
    try {
      return (String) run.invoke(null, seed, options);
    } catch (InvocationTargetException e) {
      return THROWN + e.getCause();
    } catch (IllegalAccessException e) {
      throw new IllegalStateException(e);
    }
  }
}
