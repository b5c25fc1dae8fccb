// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.server.data;

import dev.almadia.broker.core.BrokerError;
import dev.almadia.broker.core.Errors;
import dev.almadia.broker.core.record.CodecSet;
import dev.almadia.broker.server.BrokerContext;
import dev.almadia.internal.v1.OpaqueFetchResponse;
import dev.almadia.raft.core.Role;
import dev.almadia.raft.shard.GroupView;
import dev.almadia.raft.shard.ProposalFailure;
import dev.almadia.raft.shard.ReadCallback;
import dev.almadia.v1.EmptyReason;
import dev.almadia.v1.FetchRequest;
import io.grpc.Deadline;
import org.jspecify.annotations.Nullable;

/**
 * A fetch at the partition's leader, on this broker. One step at a time, each on the thread that
 * ended the last: the caller's, a timer, the read pool.
 *
 * <p>Views are a turn of the shard old. An offset that seems to be above the end may have been
 * acknowledged to its producer a moment ago, so before it is refused the group is asked for a
 * linearizable view.
 */
final class LocalFetch {
  private static final long BYTES_DEFAULT = 1 << 20;

  /** Room in a message for what stands beside the batches. */
  private static final int FRAME_BYTES = 1024;

  private final BrokerContext broker;
  private final LogReader reader;
  private final FetchRequest request;
  private final CallInfo call;
  private final Deadline waitUntil;

  /** Where to read; negative until the position is resolved. */
  private long offset = -1;

  LocalFetch(
      BrokerContext broker,
      LogReader reader,
      FetchRequest request,
      CallInfo call,
      Deadline waitUntil) {
    this.broker = broker;
    this.reader = reader;
    this.request = request;
    this.call = call;
    this.waitUntil = waitUntil;
  }

  /** Reads, or waits and then reads. */
  void start(long groupId, Reply<OpaqueFetchResponse> reply) {
    GroupView view = leading(groupId);
    if (view == null) {
      reply.failed(noLeader());
    } else if (Positions.needsStore(request.getPosition()) && offset < 0) {
      onReadPool(
          reply,
          () -> {
            offset = Positions.resolve(request.getPosition(), view, reader);
            go(view, reply);
          });
    } else {
      if (offset < 0) {
        offset = Positions.resolve(request.getPosition(), view, reader);
      }
      go(view, reply);
    }
  }

  private void go(GroupView view, Reply<OpaqueFetchResponse> reply) {
    if (offset > view.highWatermark()) {
      confirmEnd(view.groupId(), reply);
      return;
    }
    BrokerError outside =
        Positions.outOfRange(request.getTopic(), request.getPartition(), offset, view);
    if (outside != null) {
      reply.failed(outside);
    } else if (offset < view.highWatermark()) {
      read(view, reply);
    } else if (waitUntil.isExpired() || call.context().isCancelled()) {
      reply.done(
          answer(view)
              .setNextOffset(offset)
              .setEmptyReason(EmptyReason.EMPTY_REASON_CAUGHT_UP)
              .build());
    } else {
      await(view, reply);
    }
  }

  private void confirmEnd(long groupId, Reply<OpaqueFetchResponse> reply) {
    broker
        .groups()
        .read(
            groupId,
            new ReadCallback() {
              @Override
              public void onReady(GroupView view) {
                BrokerError outside =
                    Positions.outOfRange(request.getTopic(), request.getPartition(), offset, view);
                if (outside != null) {
                  reply.failed(outside);
                } else {
                  onReadPool(reply, () -> go(view, reply));
                }
              }

              @Override
              public void onFailed(ProposalFailure failure) {
                reply.failed(noLeader());
              }
            });
  }

  private void read(GroupView view, Reply<OpaqueFetchResponse> reply) {
    LogReader.Wanted wanted = wanted();
    LogReader.Chunk chunk = reader.tryCached(view, wanted);
    if (chunk != null) {
      reply.done(answer(view, chunk));
      return;
    }
    onReadPool(reply, () -> reply.done(answer(view, reader.read(view, wanted))));
  }

  private LogReader.Wanted wanted() {
    long send = call.clientBytesMax() > 0 ? call.clientBytesMax() : broker.maxSendBytes();
    long bytes = request.getMaxBytes() == 0 ? BYTES_DEFAULT : request.getMaxBytes();
    int records = request.getMaxRecords();
    return new LogReader.Wanted(
        offset,
        records == 0 ? Long.MAX_VALUE : records,
        Math.max(1, Math.min(bytes, Math.min(send, broker.maxSendBytes()) - FRAME_BYTES)),
        CodecSet.of(request.getAcceptCodecsValueList()));
  }

  /** Waits for a change of the group that ends the wait, or the time. */
  private void await(GroupView seen, Reply<OpaqueFetchResponse> reply) {
    LongPoll.await(
        broker,
        seen.groupId(),
        view -> view.highWatermark() > offset || view.role() != Role.LEADER,
        waitUntil,
        call.context(),
        () -> onReadPool(reply, () -> start(seen.groupId(), reply)));
  }

  private void onReadPool(Reply<OpaqueFetchResponse> reply, Runnable work) {
    ReadPoolWork.run(broker, request.getTopic(), request.getPartition(), work, reply::failed);
  }

  private @Nullable GroupView leading(long groupId) {
    GroupView view = broker.groups().view(groupId);
    return view != null && view.role() == Role.LEADER && view.confirmed() ? view : null;
  }

  private BrokerError noLeader() {
    return Errors.noLeader(request.getTopic(), request.getPartition());
  }

  private static OpaqueFetchResponse answer(GroupView view, LogReader.Chunk chunk) {
    return answer(view).addAllBatches(chunk.batches()).setNextOffset(chunk.nextOffset()).build();
  }

  private static OpaqueFetchResponse.Builder answer(GroupView view) {
    return OpaqueFetchResponse.newBuilder()
        .setHighWatermark(view.highWatermark())
        .setLogStartOffset(view.logStartOffset());
  }
}
