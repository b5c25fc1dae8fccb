// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.server.peer;

import dev.almadia.broker.core.BrokerError;
import dev.almadia.broker.server.grpc.Statuses;
import dev.almadia.internal.v1.ControlRequest;
import dev.almadia.internal.v1.ControlResponse;
import dev.almadia.internal.v1.DataRequest;
import dev.almadia.internal.v1.DataResponse;
import dev.almadia.internal.v1.PeerFrame;
import dev.almadia.internal.v1.PeerHello;
import dev.almadia.internal.v1.PeerServiceGrpc;
import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The other brokers' streams to here. Each stream is used by one event loop at a time. A damaged
 * frame is dropped and counted, and ends the stream: what follows it on the same connection is not
 * to be trusted, and the sender's next stream starts afresh.
 */
final class PeerServer extends PeerServiceGrpc.PeerServiceImplBase {
  private static final Logger LOG = LoggerFactory.getLogger(PeerServer.class);

  private final GrpcPeerLinks links;

  PeerServer(GrpcPeerLinks links) {
    this.links = links;
  }

  @Override
  public StreamObserver<ControlRequest> control(StreamObserver<ControlResponse> answers) {
    return new Inbound<>(
        PeerState.Part.INBOUND_CONTROL,
        new Shape<>(
            request -> request.hasHello() ? request.getHello() : null,
            request -> request.hasFrame() ? request.getFrame() : null,
            hello -> ControlResponse.newBuilder().setHello(hello).build()),
        answers);
  }

  @Override
  public StreamObserver<DataRequest> data(StreamObserver<DataResponse> answers) {
    return new Inbound<>(
        PeerState.Part.INBOUND_DATA,
        new Shape<>(
            request -> request.hasHello() ? request.getHello() : null,
            request -> request.hasFrame() ? request.getFrame() : null,
            hello -> DataResponse.newBuilder().setHello(hello).build()),
        answers);
  }

  /** What the two kinds of streams differ in. */
  private record Shape<Q, R>(
      Function<Q, @Nullable PeerHello> helloOf,
      Function<Q, @Nullable PeerFrame> frameOf,
      Function<PeerHello, R> answer) {}

  /** One stream. */
  final class Inbound<Q, R> implements StreamObserver<Q>, InboundStream {
    private final PeerState.Part part;
    private final Shape<Q, R> shape;
    private final StreamObserver<R> answers;
    private final ReceivedFrames received = new ReceivedFrames(links.self());
    private @Nullable PeerHello hello;
    // Set by whichever thread ends the stream first; the others do nothing then.
    private volatile boolean ended;

    Inbound(PeerState.Part part, Shape<Q, R> shape, StreamObserver<R> answers) {
      this.part = part;
      this.shape = shape;
      this.answers = answers;
    }

    @Override
    public void onNext(Q request) {
      if (ended) {
        return;
      }
      PeerHello known = hello;
      if (known == null) {
        begin(shape.helloOf().apply(request));
        return;
      }
      PeerFrame frame = shape.frameOf().apply(request);
      if (frame == null) {
        end(Status.INVALID_ARGUMENT.withDescription("a hello is only the first message"));
        return;
      }
      receive(known.getBrokerId(), frame);
    }

    private void begin(@Nullable PeerHello first) {
      if (first == null) {
        end(Status.INVALID_ARGUMENT.withDescription("the first message must be a hello"));
        return;
      }
      BrokerError refusal = links.rules().refusalOf(first);
      if (refusal != null) {
        links.refused(first.getBrokerId(), refusal);
        ended = true;
        answers.onError(Statuses.toException(refusal));
        return;
      }
      hello = first;
      answers.onNext(shape.answer().apply(links.rules().helloTo(first.getBrokerId())));
      links.inboundBegan(first.getBrokerId(), part, this);
    }

    private void receive(int from, PeerFrame frame) {
      PeerFrameCodec.Decoded decoded = received.decode(from, frame);
      if (decoded instanceof PeerFrameCodec.Decoded.Sound sound) {
        links.received(from, sound.batch());
      } else if (decoded instanceof PeerFrameCodec.Decoded.Damaged damaged) {
        links.countDamaged();
        LOG.error("dropped a damaged frame of broker {}: {}", from, damaged.why());
        end(Status.DATA_LOSS.withDescription("damaged frame: " + damaged.why()));
      }
    }

    @Override
    public void onError(Throwable thrown) {
      leave();
    }

    @Override
    public void onCompleted() {
      leave();
      answers.onCompleted();
    }

    @Override
    public @Nullable PeerHello hello() {
      return hello;
    }

    @Override
    public void end(Status status) {
      if (!ended) {
        leave();
        answers.onError(status.asRuntimeException());
      }
    }

    private void leave() {
      ended = true;
      PeerHello known = hello;
      if (known != null) {
        links.inboundEnded(known.getBrokerId(), part, this);
      }
    }
  }

  /** A stream as the links see it. */
  interface InboundStream {
    /** Who is at the other end, null before its hello. */
    @Nullable PeerHello hello();

    /** Ends it. Any thread. */
    void end(Status status);
  }
}
