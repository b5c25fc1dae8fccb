// SPDX-License-Identifier: Apache-2.0
package dev.almadia.storage;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

/** Writing small files so that a crash leaves the old one or the new one, never an empty one. */
final class SafeFiles {
  private SafeFiles() {}

  /**
   * Replaces a file: temporary file, sync, rename, sync of the directory. Without the first sync
   * the rename may reach the disk before the content (bug class 39), without the last it may not be
   * there at all after a crash.
   */
  static void replace(Path file, byte[] content, CrashPoints points) throws IOException {
    Path directory = file.toAbsolutePath().getParent();
    if (directory == null) {
      throw new IOException("no directory: " + file);
    }
    Path temporary = directory.resolve(file.getFileName() + ".tmp");
    try (FileChannel channel =
        FileChannel.open(
            temporary,
            StandardOpenOption.CREATE,
            StandardOpenOption.WRITE,
            StandardOpenOption.TRUNCATE_EXISTING)) {
      points.before(DurableStep.FILE_WRITE);
      writeFully(channel, ByteBuffer.wrap(content), 0);
      points.after(DurableStep.FILE_WRITE);
      points.before(DurableStep.FILE_SYNC);
      channel.force(true);
      points.after(DurableStep.FILE_SYNC);
    }
    points.before(DurableStep.FILE_RENAME);
    Files.move(
        temporary, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    points.after(DurableStep.FILE_RENAME);
    points.before(DurableStep.DIRECTORY_SYNC);
    syncDirectory(directory);
    points.after(DurableStep.DIRECTORY_SYNC);
  }

  /** Makes creations, renames and deletions in a directory survive a crash. */
  static void syncDirectory(Path directory) throws IOException {
    try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }

  /** Cuts a file and syncs it. */
  static void cut(Path file, long bytes, CrashPoints points) throws IOException {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      points.before(DurableStep.LOG_CUT);
      FileChannel unused = channel.truncate(bytes);
      points.after(DurableStep.LOG_CUT);
      points.before(DurableStep.LOG_CUT_SYNC);
      channel.force(true);
      points.after(DurableStep.LOG_CUT_SYNC);
    }
  }

  /** Writes all of the buffer at this place. */
  static void writeFully(FileChannel channel, ByteBuffer content, long place) throws IOException {
    long at = place;
    while (content.hasRemaining()) {
      at += channel.write(content, at);
    }
  }
}
