// SPDX-License-Identifier: Apache-2.0
package dev.almadia.simulation.mutants;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Map;

/**
 * Loads our classes anew, some of them changed; those of libraries, and the generated ones of the
 * API, are shared. So a changed broker and a sound one can run in the same process.
 */
final class MutantLoader extends ClassLoader {
  private static final String OURS = "dev.almadia.";
  private static final String API = "dev.almadia.v1.";
  private static final String INTERNAL_API = "dev.almadia.internal.v1.";

  static {
    registerAsParallelCapable();
  }

  private final Map<String, byte[]> changed;

  /**
   * A loader.
   *
   * @param changed classes that are not taken from the class path, by name
   */
  MutantLoader(Map<String, byte[]> changed) {
    super(MutantLoader.class.getClassLoader());
    this.changed = changed;
  }

  @Override
  protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
    boolean isShared =
        !name.startsWith(OURS) || name.startsWith(API) || name.startsWith(INTERNAL_API);
    if (isShared) {
      return super.loadClass(name, resolve);
    }
    synchronized (getClassLoadingLock(name)) {
      Class<?> loaded = findLoadedClass(name);
      return loaded == null ? findClass(name) : loaded;
    }
  }

  @Override
  protected Class<?> findClass(String name) throws ClassNotFoundException {
    byte[] bytes = changed.containsKey(name) ? changed.get(name) : unchanged(name);
    return defineClass(name, bytes, 0, bytes.length);
  }

  private byte[] unchanged(String name) throws ClassNotFoundException {
    try (InputStream in = getParent().getResourceAsStream(name.replace('.', '/') + ".class")) {
      if (in == null) {
        throw new ClassNotFoundException(name);
      }
      return in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
