// SPDX-License-Identifier: Apache-2.0
package dev.almadia.storage;

import dev.almadia.raft.store.StoreException;
import dev.almadia.raft.store.StoreException.Reason;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A broker's data directory: whose it is, and that one process at a time uses it.
 *
 * <pre>
 * DIR/almadia-broker.properties   format, broker id, incarnation, cluster id
 * DIR/almadia.lock                locked while in use; holds the process id
 * DIR/synced.mark                 see SyncedMark
 * DIR/store/                      RocksDB
 * </pre>
 *
 * <p>Any thread may call it.
 */
public final class DataDirectory implements AutoCloseable {
  private static final String IDENTITY_FILE = "almadia-broker.properties";
  private static final String LOCK_FILE = "almadia.lock";

  /**
   * Directories open in this process. Asked before any channel is made, because closing a second
   * channel of a locked file gives the first one's lock away (POSIX).
   */
  private static final Set<Path> OPEN_HERE = ConcurrentHashMap.newKeySet();

  private final Path path;
  private final FileChannel lockChannel;
  private final FileLock lock;
  private final CrashPoints points;
  private DirectoryIdentity identity;
  private boolean closed;

  private DataDirectory(
      Path path,
      FileChannel lockChannel,
      FileLock lock,
      CrashPoints points,
      DirectoryIdentity identity) {
    this.path = path;
    this.lockChannel = lockChannel;
    this.lock = lock;
    this.points = points;
    this.identity = identity;
  }

  /**
   * Opens a broker's directory, and makes it if it is missing or empty.
   *
   * @throws StoreException LOCKED, WRONG_DIRECTORY, CORRUPT or IO, with one line for people
   */
  public static DataDirectory open(Path directory, int brokerId) {
    return openLocked(directory, brokerId, CrashPoints.NONE);
  }

  /**
   * Opens a directory whoever's it is, for tools and tests; a new one becomes that of broker 1.
   *
   * @throws StoreException as {@link #open}
   */
  public static DataDirectory openAny(Path directory) {
    return openAny(directory, CrashPoints.NONE);
  }

  /** The same for tests that end the process in the middle. */
  static DataDirectory openAny(Path directory, CrashPoints points) {
    return openLocked(directory, 0, points);
  }

  private static DataDirectory openLocked(Path directory, int brokerId, CrashPoints points) {
    Path path;
    try {
      Files.createDirectories(directory);
      path = directory.toRealPath();
    } catch (IOException e) {
      throw new StoreException(
          Reason.IO, "cannot make the data directory " + directory + ": " + why(e), e);
    }
    if (!OPEN_HERE.add(path)) {
      throw new StoreException(
          Reason.LOCKED, "data directory " + path + " is in use by this process already");
    }
    FileChannel channel = null;
    try {
      channel =
          FileChannel.open(
              path.resolve(LOCK_FILE),
              StandardOpenOption.CREATE,
              StandardOpenOption.READ,
              StandardOpenOption.WRITE);
      FileLock lock = channel.tryLock();
      if (lock == null) {
        throw new StoreException(Reason.LOCKED, lockedBy(path, channel));
      }
      FileChannel unused = channel.truncate(0);
      SafeFiles.writeFully(
          channel, ByteBuffer.wrap((ProcessHandle.current().pid() + "\n").getBytes(UTF_8)), 0);
      return new DataDirectory(path, channel, lock, points, identityOf(path, brokerId, points));
    } catch (IOException e) {
      release(path, channel);
      throw new StoreException(
          Reason.IO, "cannot use the data directory " + path + ": " + why(e), e);
    } catch (StoreException e) {
      release(path, channel);
      throw e;
    }
  }

  private static final java.nio.charset.Charset UTF_8 = StandardCharsets.UTF_8;

  private static String lockedBy(Path path, FileChannel channel) throws IOException {
    ByteBuffer content = ByteBuffer.allocate(32);
    int count = channel.read(content, 0);
    String pid = count <= 0 ? "" : new String(content.array(), 0, count, UTF_8).strip();
    return "data directory "
        + path
        + " is in use by another process"
        + (pid.isEmpty() ? "" : " (pid " + pid + ")")
        + "; end that one, or set another data directory";
  }

  private static void release(Path path, @Nullable FileChannel channel) {
    try {
      if (channel != null) {
        channel.close();
      }
    } catch (IOException e) {
      throw new StoreException(Reason.IO, "cannot close the lock of " + path + ": " + e, e);
    } finally {
      OPEN_HERE.remove(path);
    }
  }

  private static DirectoryIdentity identityOf(Path path, int brokerId, CrashPoints points)
      throws IOException {
    Path file = path.resolve(IDENTITY_FILE);
    if (!Files.exists(file)) {
      return create(path, file, brokerId == 0 ? 1 : brokerId, points);
    }
    DirectoryIdentity found;
    try {
      found = DirectoryIdentity.decode(Files.readAllBytes(file));
    } catch (IllegalArgumentException e) {
      throw new StoreException(
          Reason.CORRUPT, file + " is damaged (" + e.getMessage() + "); " + RESEED, e);
    }
    if (found.format() > DirectoryIdentity.FORMAT) {
      throw new StoreException(
          Reason.WRONG_DIRECTORY,
          ("data directory " + path + " has format " + found.format())
              + (", this version knows up to " + DirectoryIdentity.FORMAT)
              + ": start the newer version that wrote it");
    }
    if (found.format() < DirectoryIdentity.FORMAT) {
      throw new StoreException(
          Reason.WRONG_DIRECTORY,
          ("data directory " + path + " has format " + found.format())
              + (" of an early version, this one knows only " + DirectoryIdentity.FORMAT)
              + ": give the broker an empty directory");
    }
    if (brokerId != 0 && found.brokerId() != brokerId) {
      throw new StoreException(
          Reason.WRONG_DIRECTORY,
          ("data directory " + path + " belongs to broker " + found.brokerId())
              + (", this is broker " + brokerId)
              + ": give each broker a directory of its own, or correct broker-id");
    }
    return found;
  }

  /** Why files could not be used, in words; Java gives only the file, as the name of the error. */
  private static String why(IOException e) {
    if (e instanceof FileAlreadyExistsException) {
      return e.getMessage() + " is a file, not a directory";
    }
    if (e instanceof AccessDeniedException) {
      return "no permission for " + e.getMessage();
    }
    if (e instanceof NoSuchFileException) {
      return e.getMessage() + " cannot be made there";
    }
    return String.valueOf(e.getMessage());
  }

  /** What to do with a directory that cannot be trusted. */
  static final String RESEED =
      "move the directory away and start the broker with an empty one, so that it gets its data"
          + " from the other brokers";

  private static DirectoryIdentity create(Path path, Path file, int brokerId, CrashPoints points)
      throws IOException {
    try (Stream<Path> found = Files.list(path)) {
      for (Path other : found.toList()) {
        String name = other.getFileName().toString();
        boolean ours = name.equals(LOCK_FILE) || name.equals(IDENTITY_FILE + ".tmp");
        if (!ours && !name.equals("lost+found")) {
          throw new StoreException(
              Reason.WRONG_DIRECTORY,
              ("data directory " + path + " has no " + IDENTITY_FILE + " but is not empty (")
                  + (name + " is there): give an empty directory, or the right one"));
        }
      }
    }
    DirectoryIdentity made =
        new DirectoryIdentity(
            DirectoryIdentity.FORMAT, brokerId, UUID.randomUUID(), "", new TreeMap<>(), false);
    SafeFiles.replace(file, made.encode(), points);
    return made;
  }

  /** Where it is, without symbolic links. */
  public Path path() {
    return path;
  }

  /** The broker that it belongs to. */
  public synchronized int brokerId() {
    return identity.brokerId();
  }

  /** Made at random with the directory; a broker with a new disk has another. */
  public synchronized UUID incarnation() {
    return identity.incarnation();
  }

  /** The cluster that the broker belongs to; empty as long as that is not known. */
  public synchronized String clusterId() {
    return identity.clusterId();
  }

  /**
   * Keeps the cluster's id for ever; on stable storage when it returns.
   *
   * @throws StoreException WRONG_DIRECTORY if it has another one already
   */
  public synchronized void setClusterId(String clusterId) {
    if (identity.clusterId().equals(clusterId)) {
      return;
    }
    if (clusterId.isEmpty() || clusterId.lines().count() != 1) {
      throw new IllegalArgumentException("not a cluster id: " + clusterId);
    }
    if (!identity.clusterId().isEmpty()) {
      throw new StoreException(
          Reason.WRONG_DIRECTORY,
          ("data directory " + path + " belongs to cluster " + identity.clusterId())
              + (", this is cluster " + clusterId));
    }
    save(identity.withClusterId(clusterId));
  }

  /** Brokers that this one formed its cluster with and their incarnations; empty if it has not. */
  public synchronized SortedMap<Integer, String> formedWith() {
    return new TreeMap<>(identity.formedWith());
  }

  /** Keeps who formed the cluster; on stable storage when it returns. */
  public synchronized void setFormedWith(SortedMap<Integer, String> incarnations) {
    save(identity.withFormedWith(incarnations));
  }

  /** Told of all durable steps in it. */
  CrashPoints points() {
    return points;
  }

  /** Whether the store was completely made before. */
  synchronized boolean isReady() {
    return identity.ready();
  }

  /** From now on a missing store is damage. */
  synchronized void setReady() {
    save(identity.withReady());
  }

  private void save(DirectoryIdentity changed) {
    try {
      SafeFiles.replace(path.resolve(IDENTITY_FILE), changed.encode(), points);
      identity = changed;
    } catch (IOException e) {
      throw new StoreException(Reason.IO, "cannot write " + path.resolve(IDENTITY_FILE), e);
    }
  }

  /** Lets another process use it. */
  @Override
  public synchronized void close() {
    if (closed) {
      return;
    }
    closed = true;
    try {
      lock.release();
    } catch (IOException e) {
      throw new StoreException(Reason.IO, "cannot unlock " + path + ": " + e, e);
    } finally {
      release(path, lockChannel);
    }
  }
}
