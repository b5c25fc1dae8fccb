// SPDX-License-Identifier: Apache-2.0
package dev.almadia.storage;

import dev.almadia.raft.store.LogStore;
import dev.almadia.storage.testing.StoreUnderTest;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;

/**
 * The real store. A kill is a copy of its files as they are; after a power loss the end of the
 * newest write-ahead log is missing in the copy, from anywhere behind the last sync.
 */
public final class RocksUnderTest implements StoreUnderTest {
  private final Path temp;
  private final StoreOptions options;
  private Path live;
  private int images;
  private Path syncedLog;
  private long syncedBytes;

  /** In a directory of its own below this one. */
  public RocksUnderTest(Path temp, StoreOptions options) {
    this.temp = temp;
    this.options = options;
    this.live = temp.resolve("live");
  }

  @Override
  public LogStore open() {
    RocksLogStore store = RocksLogStore.open(live, options);
    onSynced(store);
    return store;
  }

  @Override
  public void onSynced(LogStore store) {
    syncedLog = newestLog();
    syncedBytes = Image.size(syncedLog);
  }

  /** The one in use; older ones may be deleted at any moment. */
  private Path newestLog() {
    List<Path> logs = new Image(live).files("log");
    return logs.get(logs.size() - 1);
  }

  @Override
  public void kill(LogStore store) {
    image(store);
  }

  private Image image(LogStore store) {
    Image image = Image.of((RocksLogStore) store, live, temp.resolve("image" + images++));
    store.close();
    live = image.root();
    return image;
  }

  @Override
  public void losePower(LogStore store, Random random) {
    Path newest = newestLog();
    long least = newest.equals(syncedLog) ? syncedBytes : 0;
    Path torn = image(store).store().resolve(newest.getFileName());
    Image.cut(torn, least + random.nextLong(Image.size(torn) - least + 1));
  }
}
