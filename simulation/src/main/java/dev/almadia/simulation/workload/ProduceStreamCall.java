// SPDX-License-Identifier: Apache-2.0
package dev.almadia.simulation.workload;

import dev.almadia.history.Outcome;
import dev.almadia.simulation.kernel.EventLoop;
import dev.almadia.v1.ProduceStreamAck;
import dev.almadia.v1.ProduceStreamBatch;
import dev.almadia.v1.ProduceStreamOpen;
import dev.almadia.v1.ProduceStreamOpened;
import dev.almadia.v1.ProduceStreamRequest;
import dev.almadia.v1.ProduceStreamResponse;
import dev.almadia.v1.ProduceWindow;
import dev.almadia.v1.ProducerServiceGrpc;
import io.grpc.ClientInterceptors;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** One ProduceStream, from its opening to its end. */
final class ProduceStreamCall implements StreamObserver<ProduceStreamResponse> {
  /** A stream that owes something and says nothing for so long is given up. */
  private static final long SILENCE_MILLIS_MAX = 12_000;

  /** Hears of the end. */
  interface Listener {
    /** The stream may be used. */
    default void opened(ProduceStreamOpened opened) {}

    /**
     * The stream is over.
     *
     * @param left batches without acknowledgement, in order; what is known of them is noted
     * @param problem why; null if it ended in peace
     */
    void ended(List<Outgoing> left, @Nullable Problem problem);
  }

  private record Pending(long batchId, Outgoing batch, long bytes) {}

  private final Caller caller;
  private final int broker;
  private final KnownTopic topic;
  private final long session;
  private final String producerId;
  private final Listener listener;
  private final Caller.Sent left = new Caller.Sent();
  private final Deque<Pending> pending = new ArrayDeque<>();
  private @Nullable ClientCallStreamObserver<ProduceStreamRequest> out;
  private @Nullable ProduceWindow window;
  private EventLoop.@Nullable Event silence;
  private long unackedBytes;
  private long nextBatchId;
  private int sent;
  private boolean finishing;
  private boolean cancelled;

  /**
   * A stream that is not open yet.
   *
   * @param session of the history
   * @param producerId the producer's name for itself, empty if it has none
   */
  ProduceStreamCall(
      Caller caller, KnownTopic topic, long session, String producerId, Listener listener) {
    this.caller = caller;
    this.broker = caller.broker();
    this.topic = topic;
    this.session = session;
    this.producerId = producerId;
    this.listener = listener;
    this.nextBatchId = caller.random().below(1_000);
  }

  void open() {
    StreamObserver<ProduceStreamRequest> requests =
        ProducerServiceGrpc.newStub(ClientInterceptors.intercept(caller.channel(broker), left))
            .produceStream(this);
    out = (ClientCallStreamObserver<ProduceStreamRequest>) requests;
    requests.onNext(
        ProduceStreamRequest.newBuilder()
            .setOpen(
                ProduceStreamOpen.newBuilder().setTopic(topic.name()).setProducerId(producerId))
            .build());
    listen();
  }

  KnownTopic topic() {
    return topic;
  }

  long session() {
    return session;
  }

  /** Batches sent so far. */
  int sent() {
    return sent;
  }

  /** Whether another batch may be sent, by the broker's window and the client's own. */
  boolean hasRoom(int batchesMax) {
    ProduceWindow granted = window;
    return granted != null
        && !finishing
        && pending.size() < Math.min(batchesMax, granted.getMaxUnackedBatches())
        && unackedBytes < granted.getMaxUnackedBytes();
  }

  void send(Outgoing batch) {
    ClientCallStreamObserver<ProduceStreamRequest> open = out;
    if (open == null) {
      throw new IllegalStateException("not open");
    }
    nextBatchId += caller.random().between(1, 3);
    ProduceStreamBatch.Builder message =
        ProduceStreamBatch.newBuilder()
            .setBatchId(nextBatchId)
            .setBatch(batch.batch())
            .setFirstSequence(batch.firstSequence());
    Integer named = batch.namedPartition();
    if (named != null) {
      message.setPartition(named);
    }
    long bytes = message.getBatch().getSerializedSize();
    pending.add(new Pending(nextBatchId, batch, bytes));
    unackedBytes += bytes;
    sent++;
    open.onNext(ProduceStreamRequest.newBuilder().setBatch(message).build());
    if (pending.size() == 1) {
      listen();
    }
  }

  /** Sends nothing more and waits for what is owed. */
  void finish() {
    ClientCallStreamObserver<ProduceStreamRequest> open = out;
    if (!finishing && open != null) {
      finishing = true;
      open.onCompleted();
      listen();
    }
  }

  /** Something has to come within the time. */
  private void listen() {
    deaf();
    silence = caller.process().afterMillis(SILENCE_MILLIS_MAX, this::giveUp);
  }

  private void deaf() {
    EventLoop.Event waiting = silence;
    if (waiting != null) {
      waiting.cancel();
      silence = null;
    }
  }

  private void giveUp() {
    cancel("no word");
  }

  /** Ends at once; nothing more is heard of what was sent. */
  void cancel(String why) {
    ClientCallStreamObserver<ProduceStreamRequest> open = out;
    if (open != null) {
      cancelled = true;
      open.cancel(why, null);
    }
  }

  String where() {
    return caller.where("ProduceStream", broker);
  }

  @Override
  public void onNext(ProduceStreamResponse message) {
    switch (message.getMessageCase()) {
      case OPENED -> opened(message);
      case WINDOW -> window = message.getWindow();
      case ACK -> acknowledged(message.getAck());
      case GOING_AWAY -> caller.failed(broker);
      case MESSAGE_NOT_SET -> caller.world().conduct().wrong("a message says something", where());
    }
    if (window == null) {
      caller.world().conduct().wrong("a stream is opened first", where() + ": " + message);
    }
    if (pending.isEmpty() && !finishing) {
      deaf();
    } else {
      listen();
    }
  }

  private void opened(ProduceStreamResponse message) {
    if (window != null) {
      caller.world().conduct().wrong("a stream is opened once", where());
    }
    window = message.getOpened().getWindow();
    // Of a name that was used again the broker may know only the topic before.
    if (topic.isOnlyOne() && message.getOpened().getPartitions() != topic.partitions()) {
      caller
          .world()
          .conduct()
          .wrong(
              "a topic keeps its partitions",
              where() + ": " + topic + " has " + message.getOpened().getPartitions());
    }
    listener.opened(message.getOpened());
  }

  private void acknowledged(ProduceStreamAck ack) {
    Pending first = pending.poll();
    if (first == null || first.batchId() != ack.getBatchId()) {
      caller
          .world()
          .conduct()
          .wrong(
              "acks come in the order of the batches",
              where()
                  + ": "
                  + ack.getBatchId()
                  + " instead of "
                  + (first == null ? "nothing" : first.batchId()));
      return;
    }
    unackedBytes -= first.bytes();
    Problem problem = first.batch().answered(ack.getResultsList(), where());
    if (problem != null) {
      caller
          .world()
          .conduct()
          .wrong("only a batch that was applied as a whole is acknowledged", where() + problem);
    }
    first.batch().close();
  }

  @Override
  public void onError(Throwable error) {
    Problem problem = Problem.ofCall(error, left.happened());
    caller.world().conduct().check(where(), problem, cancelled);
    if (problem.mayPass()) {
      caller.failed(broker);
    }
    long named = problem.number("batch_id");
    for (Pending one : pending) {
      boolean known = problem.isOfLibrary() || one.batchId() == named;
      one.batch().failed(problem, known ? problem.outcome() : Outcome.UNKNOWN);
    }
    end(problem);
  }

  @Override
  public void onCompleted() {
    if (!finishing || !pending.isEmpty()) {
      caller
          .world()
          .conduct()
          .wrong(
              "a stream ends when all is acknowledged",
              where() + ": " + pending.size() + " batches have no answer");
    }
    end(null);
  }

  private void end(@Nullable Problem problem) {
    deaf();
    out = null;
    List<Outgoing> open = new ArrayList<>();
    for (Pending one : pending) {
      open.add(one.batch());
    }
    pending.clear();
    listener.ended(open, problem);
  }
}
