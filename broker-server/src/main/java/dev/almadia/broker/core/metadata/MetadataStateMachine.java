// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.core.metadata;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.almadia.broker.core.BrokerError;
import dev.almadia.broker.core.Errors;
import dev.almadia.internal.v1.MetadataCommand;
import dev.almadia.raft.core.Entry;
import dev.almadia.raft.core.EntryKind;
import dev.almadia.raft.shard.GroupView;
import dev.almadia.raft.shard.StateMachine;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Group 0's state machine: turns committed entries into images. Shard thread only, except {@link
 * #image()}, which any thread may call, and {@link #addListener}, which is for the time before the
 * group is opened.
 *
 * <p>A proposal learns its result with {@link #resultOf} in its {@code onCommitted}. Refusals are
 * kept by index for the last {@link #REFUSALS_KEPT} commands; more cannot be applied between a
 * command and the call, as a shard has fewer proposals in flight. The images in between are not
 * kept: each may be megabytes.
 */
public final class MetadataStateMachine implements StateMachine {
  /** How many refusals are kept. */
  static final int REFUSALS_KEPT = 4096;

  private final Map<Long, BrokerError> refusals = new LinkedHashMap<>();
  private final List<MetadataListener> listeners = new ArrayList<>();
  // Written by the shard thread only; volatile because any thread reads the newest image.
  private volatile MetadataImage image = MetadataImage.EMPTY;

  /** Adds a listener; before the group is opened. */
  public void addListener(MetadataListener listener) {
    listeners.add(listener);
  }

  /** Newest image applied here. Any thread. */
  public MetadataImage image() {
    return image;
  }

  /**
   * What the command at this index gave: its refusal, or none, with the newest image, which holds
   * the command's effect and possibly that of later ones.
   */
  public MetadataResult resultOf(long index) {
    return new MetadataResult(refusals.get(index), image);
  }

  /** The log of the metadata is small and is never cut. */
  @Override
  public boolean keepsLog() {
    return true;
  }

  @Override
  public byte[] checkpoint() {
    throw new IllegalStateException("metadata are made of their whole log");
  }

  @Override
  public boolean canRestore(byte[] state) {
    return false;
  }

  @Override
  public void restore(byte[] state) {
    throw new IllegalStateException("metadata are made of their whole log");
  }

  @Override
  public void apply(Entry entry) {
    MetadataImage before = image;
    if (entry.kind() != EntryKind.DATA) {
      image = MetadataImages.atRevision(before, entry.index());
      return;
    }
    MetadataResult result = applyCommand(before, entry);
    image = result.image();
    if (result.error() != null) {
      keepRefusal(entry.index(), result.error());
      return;
    }
    for (MetadataListener listener : listeners) {
      listener.imageChanged(before, image);
    }
  }

  @Override
  public void viewChanged(GroupView view) {
    for (MetadataListener listener : listeners) {
      listener.viewChanged(view);
    }
  }

  /**
   * The entry's checksum was verified, so bytes that are no command were proposed that way. They
   * are refused, on every broker alike; to stop would stop the whole cluster for good.
   */
  private static MetadataResult applyCommand(MetadataImage before, Entry entry) {
    MetadataCommand command = parse(entry.payload());
    if (command == null) {
      return new MetadataResult(
          Errors.invalid("command", "", "must be a serialized MetadataCommand"),
          MetadataImages.atRevision(before, entry.index()));
    }
    return MetadataImages.apply(before, entry.index(), command);
  }

  private static @Nullable MetadataCommand parse(byte[] payload) {
    try {
      return MetadataCommand.parseFrom(payload);
    } catch (InvalidProtocolBufferException e) {
      return null;
    }
  }

  private void keepRefusal(long index, BrokerError error) {
    refusals.put(index, error);
    if (refusals.size() > REFUSALS_KEPT) {
      refusals.remove(refusals.keySet().iterator().next());
    }
  }
}
