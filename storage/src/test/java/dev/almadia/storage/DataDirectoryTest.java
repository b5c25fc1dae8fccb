// SPDX-License-Identifier: Apache-2.0
package dev.almadia.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.almadia.raft.store.StoreException;
import dev.almadia.raft.store.StoreException.Reason;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whose directory it is, and who may use it. */
class DataDirectoryTest {
  @TempDir Path temp;

  private static void assertRefused(Runnable call, Reason reason, String... named) {
    assertThatThrownBy(call::run)
        .isInstanceOfSatisfying(StoreException.class, e -> assertThat(e.reason()).isEqualTo(reason))
        .hasMessageContainingAll(named)
        .satisfies(e -> assertThat(e.getMessage().lines()).hasSize(1));
  }

  private Path identityFile() {
    return temp.resolve("almadia-broker.properties");
  }

  @Test
  void keepsIdentityAndCluster() {
    UUID incarnation;
    try (DataDirectory directory = DataDirectory.open(temp, 7)) {
      incarnation = directory.incarnation();
      assertThat(directory.clusterId()).isEmpty();
      directory.setClusterId("c-1");
      directory.setClusterId("c-1");
      assertRefused(
          () -> directory.setClusterId("c-2"), Reason.WRONG_DIRECTORY, "cluster c-1", "c-2");
    }
    try (DataDirectory directory = DataDirectory.open(temp, 7)) {
      assertThat(directory.incarnation()).isEqualTo(incarnation);
      assertThat(directory.clusterId()).isEqualTo("c-1");
      assertThat(directory.brokerId()).isEqualTo(7);
    }
  }

  @Test
  void refusesAnotherBroker() {
    DataDirectory.open(temp, 7).close();
    assertRefused(
        () -> DataDirectory.open(temp, 8), Reason.WRONG_DIRECTORY, "broker 7", "broker 8");
    DataDirectory.open(temp, 7).close();
  }

  @Test
  void refusesANewerFormat() throws IOException {
    Files.writeString(identityFile(), "format=4\nwho.knows=what\n");
    assertRefused(
        () -> DataDirectory.open(temp, 7), Reason.WRONG_DIRECTORY, "format 4", "newer version");
  }

  @Test
  void refusesTheFormatBeforeReplicasHadLives() throws IOException {
    Files.writeString(identityFile(), "format=2\nwho.knows=what\n");
    assertRefused(
        () -> DataDirectory.open(temp, 7), Reason.WRONG_DIRECTORY, "format 2", "early version");
  }

  @Test
  void refusesDamagedAndEmptyIdentity() throws IOException {
    DataDirectory.open(temp, 7).close();
    String right = Files.readString(identityFile());
    Files.writeString(identityFile(), right.replace("broker.id=7", "broker.id=1"));
    assertRefused(() -> DataDirectory.open(temp, 1), Reason.CORRUPT, "checksum");
    Files.writeString(identityFile(), "");
    assertRefused(() -> DataDirectory.open(temp, 7), Reason.CORRUPT, "damaged");
    Files.write(identityFile(), right.substring(0, 40).getBytes(StandardCharsets.UTF_8));
    assertRefused(() -> DataDirectory.open(temp, 7), Reason.CORRUPT, "damaged");
  }

  @Test
  void refusesADirectoryWithForeignFiles() throws IOException {
    Files.writeString(temp.resolve("letters.txt"), "dear");
    assertRefused(
        () -> DataDirectory.open(temp, 7), Reason.WRONG_DIRECTORY, "letters.txt", "not empty");
  }

  @Test
  void goesOnAfterACrashWhileItWasMade() throws IOException {
    Files.writeString(temp.resolve("almadia-broker.properties.tmp"), "half");
    Files.writeString(temp.resolve("almadia.lock"), "");
    DataDirectory.open(temp, 7).close();
    // The store was begun and never completed.
    Files.createDirectories(temp.resolve("store"));
    Files.writeString(temp.resolve("store/CURRENT"), "MANIFEST-000001\n");
    RocksLogStore.open(temp, StoreOptions.small()).close();
    RocksLogStore.open(temp, StoreOptions.small()).close();
  }

  @Test
  void refusesAStoreThatWasMadeForAnotherDirectory() throws IOException {
    Path first = temp.resolve("first");
    Path second = temp.resolve("second");
    RocksLogStore.open(first, StoreOptions.small()).close();
    RocksLogStore.open(second, StoreOptions.small()).close();
    Files.move(second.resolve("store"), temp.resolve("aside"));
    Image.of(first.resolve("store"), second.resolve("store"));
    assertThatThrownBy(() -> RocksLogStore.open(second, StoreOptions.small()))
        .isInstanceOf(StoreException.class);
  }

  @Test
  void isLockedWithinAProcess() {
    try (DataDirectory directory = DataDirectory.open(temp, 7)) {
      assertRefused(() -> DataDirectory.open(temp.resolve("."), 7), Reason.LOCKED, temp.toString());
      assertThat(directory.path()).isEqualTo(temp);
    }
    DataDirectory.open(temp, 7).close();
  }

  @Test
  void isLockedAgainstAnotherProcess() throws Exception {
    try (Child child = Child.start("hold", temp)) {
      assertThat(child.readLine()).isEqualTo("held");
      assertRefused(
          () -> DataDirectory.openAny(temp),
          Reason.LOCKED,
          temp.toString(),
          "pid " + child.process().pid());
    }
    DataDirectory.openAny(temp).close();
  }
}
