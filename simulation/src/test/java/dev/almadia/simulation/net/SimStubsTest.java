// SPDX-License-Identifier: Apache-2.0
package dev.almadia.simulation.net;

import static org.assertj.core.api.Assertions.assertThat;

import dev.almadia.simulation.kernel.SimProcess;
import dev.almadia.v1.ConsumerServiceGrpc;
import dev.almadia.v1.PartitionResult;
import dev.almadia.v1.ProduceRequest;
import dev.almadia.v1.ProduceResponse;
import dev.almadia.v1.ProduceStreamRequest;
import dev.almadia.v1.ProduceStreamResponse;
import dev.almadia.v1.ProducerServiceGrpc;
import dev.almadia.v1.SubscribeRequest;
import dev.almadia.v1.SubscribeResponse;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.ServerInterceptors;
import io.grpc.Status;
import io.grpc.stub.MetadataUtils;
import io.grpc.stub.StreamObserver;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The generated stubs and services on the simulated network. */
class SimStubsTest {
  private static final Metadata.Key<String> MARK =
      Metadata.Key.of("mark", Metadata.ASCII_STRING_MARSHALLER);

  private static final class Producers extends ProducerServiceGrpc.ProducerServiceImplBase {
    @Override
    public void produce(ProduceRequest request, StreamObserver<ProduceResponse> answer) {
      PartitionResult result =
          PartitionResult.newBuilder().setPartition(request.getPartition()).build();
      answer.onNext(ProduceResponse.newBuilder().addResults(result).build());
      answer.onCompleted();
    }

    @Override
    public StreamObserver<ProduceStreamRequest> produceStream(
        StreamObserver<ProduceStreamResponse> answers) {
      return new StreamObserver<>() {
        private int requests;

        @Override
        public void onNext(ProduceStreamRequest request) {
          requests++;
          answers.onNext(ProduceStreamResponse.getDefaultInstance());
        }

        @Override
        public void onError(Throwable thrown) {
          throw new AssertionError(thrown);
        }

        @Override
        public void onCompleted() {
          answers.onError(Status.ABORTED.withDescription("after " + requests).asException());
        }
      };
    }
  }

  private static final class Consumers extends ConsumerServiceGrpc.ConsumerServiceImplBase {
    @Override
    public void subscribe(SubscribeRequest request, StreamObserver<SubscribeResponse> answers) {
      for (int i = 0; i < 5; i++) {
        answers.onNext(SubscribeResponse.getDefaultInstance());
      }
      answers.onCompleted();
    }
  }

  private static final class Marks implements ServerInterceptor {
    final List<String> seen = new ArrayList<>();

    @Override
    public <Q, R> ServerCall.Listener<Q> interceptCall(
        ServerCall<Q, R> call, Metadata headers, ServerCallHandler<Q, R> next) {
      seen.add(headers.get(MARK) + " " + call.getMethodDescriptor().getBareMethodName());
      return next.startCall(call, headers);
    }
  }

  private static final class Answers<R> implements StreamObserver<R> {
    final List<String> heard = new ArrayList<>();

    @Override
    public void onNext(R value) {
      heard.add("next");
    }

    @Override
    public void onError(Throwable thrown) {
      heard.add(Status.fromThrowable(thrown).getDescription());
    }

    @Override
    public void onCompleted() {
      heard.add("done");
    }
  }

  private final World world = new World();
  private final Marks marks = new Marks();
  private final SimChannel channel = channel();

  private SimChannel channel() {
    SimProcess broker = world.start(1);
    SimProcess client = world.start(-1);
    SimServer server =
        new SimServer(
            world.network,
            broker,
            "public",
            List.of(
                ServerInterceptors.intercept(new Producers(), marks),
                ServerInterceptors.intercept(new Consumers(), marks)));
    var unused = server.start();
    return new SimChannel(world.network, client, 1, "public");
  }

  @Test
  void answersAUnaryCallOfAFutureStub() throws Exception {
    Metadata headers = new Metadata();
    headers.put(MARK, "red");
    var answer =
        ProducerServiceGrpc.newFutureStub(channel)
            .withInterceptors(MetadataUtils.newAttachHeadersInterceptor(headers))
            .produce(ProduceRequest.newBuilder().setPartition(7).build());
    assertThat(answer.isDone()).isFalse();
    long unused = world.runUntil(answer::isDone, 10);
    assertThat(answer.get().getResults(0).getPartition()).isEqualTo(7);
    assertThat(marks.seen).containsExactly("red Produce");
  }

  @Test
  void streamsBothWaysToAnErrorOfTheService() {
    Answers<ProduceStreamResponse> answers = new Answers<>();
    StreamObserver<ProduceStreamRequest> requests =
        ProducerServiceGrpc.newStub(channel).produceStream(answers);
    for (int i = 0; i < 3; i++) {
      requests.onNext(ProduceStreamRequest.getDefaultInstance());
    }
    requests.onCompleted();
    world.runMillis(10);
    assertThat(answers.heard).containsExactly("next", "next", "next", "after 3");
  }

  @Test
  void streamsFromTheServerToItsEnd() {
    Answers<SubscribeResponse> answers = new Answers<>();
    ConsumerServiceGrpc.newStub(channel).subscribe(SubscribeRequest.getDefaultInstance(), answers);
    world.runMillis(10);
    assertThat(answers.heard).containsExactly("next", "next", "next", "next", "next", "done");
  }
}
