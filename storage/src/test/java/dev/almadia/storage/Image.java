// SPDX-License-Identifier: Apache-2.0
package dev.almadia.storage;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.stream.Stream;
import org.rocksdb.RocksDBException;

/** A copy of a data directory as a crash would leave it, and the harm that can be done to it. */
record Image(Path root) {
  /** Copies what a killed process would leave; the store is in use, and between two rounds. */
  static Image of(RocksLogStore store, Path directory, Path root) {
    try {
      // Otherwise files come and go while they are copied, which no crash would show together.
      store.files().db().pauseBackgroundWork();
      Image image = of(directory, root);
      store.files().db().continueBackgroundWork();
      return image;
    } catch (RocksDBException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Copies a directory that nothing changes. */
  static Image of(Path directory, Path root) {
    try (Stream<Path> all = Files.walk(directory)) {
      for (Path from : all.toList()) {
        Path to = root.resolve(directory.relativize(from).toString());
        if (Files.isDirectory(from)) {
          Files.createDirectories(to);
        } else {
          Files.copy(from, to, StandardCopyOption.REPLACE_EXISTING);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return new Image(root);
  }

  Image copy(String name) {
    return of(root, root.resolveSibling(name));
  }

  Path store() {
    return root.resolve("store");
  }

  /** Files of the store whose names end so, oldest first. */
  List<Path> files(String suffix) {
    try (Stream<Path> all = Files.list(store())) {
      return all.filter(file -> file.getFileName().toString().matches("\\d+\\." + suffix))
          .sorted()
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The newest write-ahead log that is not empty. */
  Path wal() {
    return files("log").stream()
        .filter(file -> size(file) > 0)
        .reduce((first, second) -> second)
        .orElseThrow();
  }

  static long size(Path file) {
    try {
      return Files.size(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static void cut(Path file, long bytes) {
    try {
      SafeFiles.cut(file, bytes, CrashPoints.NONE);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static void flip(Path file, long at) {
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      ByteBuffer one = ByteBuffer.allocate(1);
      channel.read(one, at);
      one.put(0, (byte) (one.get(0) ^ 0x10)).flip();
      channel.write(one, at);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Overwrites with zeros, as a block that never reached the disk reads. */
  static void blank(Path file, long at, int bytes) {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      channel.write(ByteBuffer.allocate(bytes), at);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static long find(Path file, byte[] content) {
    try {
      byte[] all = Files.readAllBytes(file);
      for (int at = 0; at + content.length <= all.length; at++) {
        if (java.util.Arrays.equals(all, at, at + content.length, content, 0, content.length)) {
          return at;
        }
      }
      return -1;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
