// SPDX-License-Identifier: Apache-2.0
package dev.almadia.client;

import dev.almadia.internal.v1.OpaqueProduceStreamBatch;
import dev.almadia.internal.v1.OpaqueProduceStreamOpen;
import dev.almadia.internal.v1.OpaqueProduceStreamRequest;
import dev.almadia.v1.GoingAway;
import dev.almadia.v1.ProduceStreamAck;
import dev.almadia.v1.ProduceStreamResponse;
import dev.almadia.v1.ProduceWindow;
import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.Metadata;
import io.grpc.Status;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One ProduceStream. {@link #send}, {@link #halfClose} and {@link #cancel} under the producer's
 * lock; reports come on gRPC threads, one after the other.
 */
final class ProduceConnection {
  /** Hears what the stream does. */
  interface Listener {
    /** The stream is open, has room again, or its window changed. */
    void mayProceed(ProduceConnection from);

    /** A batch was applied. */
    void acknowledged(ProduceConnection from, ProduceStreamAck ack);

    /** The broker asks to be left. */
    void goingAway(ProduceConnection from, GoingAway asked);

    /** Nothing more comes. */
    void ended(ProduceConnection from, AlmadiaException failure);
  }

  private final Brokers.Target target;
  private final ClientCall<OpaqueProduceStreamRequest, ProduceStreamResponse> call;
  private final LeftProcess left;
  private final long openedNanos = System.nanoTime();
  // Written on a gRPC thread, read under the producer's lock.
  private volatile @Nullable ProduceWindow window;
  private volatile int partitions;
  private volatile long topicId;

  /** Last sequence that was sent here to each partition, of an idempotent producer. */
  private final Map<Integer, Long> lastSent = new HashMap<>();

  private ProduceConnection(
      Brokers.Target target,
      ClientCall<OpaqueProduceStreamRequest, ProduceStreamResponse> call,
      LeftProcess left) {
    this.target = target;
    this.call = call;
    this.left = left;
  }

  static ProduceConnection open(
      Brokers.Target target, OpaqueProduceStreamOpen opening, Listener listener) {
    LeftProcess left = new LeftProcess();
    ProduceConnection made =
        new ProduceConnection(
            target,
            target
                .channel()
                .newCall(Methods.PRODUCE_STREAM, CallOptions.DEFAULT.withStreamTracerFactory(left)),
            left);
    made.call.start(made.new Inbound(listener), new Metadata());
    made.call.sendMessage(OpaqueProduceStreamRequest.newBuilder().setOpen(opening).build());
    made.call.request(2);
    return made;
  }

  Brokers.Target target() {
    return target;
  }

  /** Address of the broker, host:port. */
  String where() {
    return target.address();
  }

  /** When it was begun; System.nanoTime. */
  long openedNanos() {
    return openedNanos;
  }

  /** How much may be unacknowledged; null until the server opened the stream. */
  @Nullable ProduceWindow window() {
    return window;
  }

  /** Number of partitions of the topic; 0 until the server opened the stream. */
  int partitions() {
    return partitions;
  }

  /** Number of the topic; 0 until the server opened the stream. */
  long topicId() {
    return topicId;
  }

  /** Whether a numbered batch goes on where this stream was: on a stream there are no gaps. */
  boolean follows(PendingBatch batch) {
    Long last = lastSent.get(batch.partition);
    return last == null || batch.firstSequence == last + 1;
  }

  /** Whether the transport takes more without buffering. */
  boolean isReady() {
    return call.isReady();
  }

  void send(PendingBatch batch) {
    OpaqueProduceStreamBatch.Builder message =
        OpaqueProduceStreamBatch.newBuilder().setBatchId(batch.batchId).setBatch(batch.wire());
    if (batch.partition != null) {
      message.setPartition(batch.partition);
      if (batch.firstSequence > 0) {
        message.setFirstSequence(batch.firstSequence);
        lastSent.put(batch.partition, batch.firstSequence + batch.count() - 1);
      }
    }
    call.sendMessage(OpaqueProduceStreamRequest.newBuilder().setBatch(message).build());
  }

  void halfClose() {
    call.halfClose();
  }

  void cancel(String why) {
    call.cancel(why, null);
  }

  private final class Inbound extends ClientCall.Listener<ProduceStreamResponse> {
    private final Listener listener;

    Inbound(Listener listener) {
      this.listener = listener;
    }

    @Override
    public void onMessage(ProduceStreamResponse message) {
      switch (message.getMessageCase()) {
        case OPENED -> {
          partitions = message.getOpened().getPartitions();
          topicId = message.getOpened().getTopicId();
          window = message.getOpened().getWindow();
          listener.mayProceed(ProduceConnection.this);
        }
        case WINDOW -> {
          window = message.getWindow();
          listener.mayProceed(ProduceConnection.this);
        }
        case ACK -> listener.acknowledged(ProduceConnection.this, message.getAck());
        case GOING_AWAY -> listener.goingAway(ProduceConnection.this, message.getGoingAway());
        case MESSAGE_NOT_SET -> {
          // A message of a newer server.
        }
      }
      call.request(1);
    }

    @Override
    public void onReady() {
      listener.mayProceed(ProduceConnection.this);
    }

    @Override
    public void onClose(Status status, Metadata trailers) {
      Status told =
          status.isOk()
              ? Status.UNAVAILABLE.withDescription("the server ended the stream")
              : status;
      listener.ended(
          ProduceConnection.this,
          AlmadiaException.ofWrite(
              told.asRuntimeException(trailers), left.happened(), "ProduceStream", where()));
    }
  }
}
