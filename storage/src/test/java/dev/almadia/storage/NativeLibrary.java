// SPDX-License-Identifier: Apache-2.0
package dev.almadia.storage;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import org.rocksdb.util.Environment;

/**
 * RocksDB's native part, unpacked once for all processes of a test. Otherwise each unpacks one of
 * its own into the system's temporary folder, and leaves it there when it is killed.
 */
final class NativeLibrary {
  private NativeLibrary() {}

  /** What makes a Java process load it from this folder, where it is after the call. */
  static String optionFor(Path folder) throws IOException {
    String name = Environment.getJniLibraryFileName("rocksdb");
    Path file = folder.resolve(name);
    if (!Files.exists(file)) {
      Files.createDirectories(folder);
      try (InputStream packed = NativeLibrary.class.getResourceAsStream("/" + name)) {
        if (packed != null) {
          Files.copy(packed, file);
        }
      }
    }
    return "-Djava.library.path=" + folder;
  }
}
