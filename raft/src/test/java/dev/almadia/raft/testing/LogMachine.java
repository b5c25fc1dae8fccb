// SPDX-License-Identifier: Apache-2.0
package dev.almadia.raft.testing;

import dev.almadia.raft.core.Entry;
import dev.almadia.raft.shard.GroupView;
import dev.almadia.raft.shard.StateMachine;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * Remembers what it was given. Its state is a number made of all entries so far; machines that
 * share a ledger write it down for each index, and fail if another one had another.
 */
public final class LogMachine implements StateMachine {
  private static final int BYTES = 2 * Long.BYTES;

  private final boolean keepsLog;
  private final Map<Long, Long> ledger;
  private final Consumer<LogMachine> onStart;
  private final List<Entry> applied = new ArrayList<>();
  private final List<GroupView> views = new ArrayList<>();
  private long index;
  private long state;
  private int restores;

  LogMachine(boolean keepsLog, Map<Long, Long> ledger, Consumer<LogMachine> onStart) {
    this.keepsLog = keepsLog;
    this.ledger = ledger;
    this.onStart = onStart;
  }

  @Override
  public boolean keepsLog() {
    return keepsLog;
  }

  @Override
  public void apply(Entry entry) {
    if (entry.index() != index + 1 && !ledger.isEmpty()) {
      throw new AssertionError("applied " + entry + " after " + index);
    }
    applied.add(entry);
    index = entry.index();
    state = 31 * state + entry.header().crc32c();
    Long other = ledger.putIfAbsent(index, state);
    if (other != null && other != state) {
      throw new AssertionError("another state at " + entry);
    }
  }

  @Override
  public byte[] checkpoint() {
    return ByteBuffer.allocate(BYTES).putLong(index).putLong(state).array();
  }

  @Override
  public boolean canRestore(byte[] bytes) {
    return bytes.length == BYTES;
  }

  @Override
  public void restore(byte[] bytes) {
    ByteBuffer in = ByteBuffer.wrap(bytes);
    index = in.getLong();
    state = in.getLong();
    restores++;
    if (!Long.valueOf(state).equals(ledger.get(index))) {
      throw new AssertionError("restored another state at " + index);
    }
  }

  @Override
  public void viewChanged(GroupView view) {
    if (views.isEmpty()) {
      onStart.accept(this);
    }
    views.add(view);
  }

  /** All entries, in order. */
  public List<Entry> applied() {
    return applied;
  }

  /** All views, in order. */
  public List<GroupView> views() {
    return views;
  }

  /** The last entry in its state. */
  public long index() {
    return index;
  }

  /** How often it began anew with a state. */
  public int restores() {
    return restores;
  }
}
