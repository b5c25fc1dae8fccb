// SPDX-License-Identifier: Apache-2.0
package dev.almadia.simulation.net;

import static org.assertj.core.api.Assertions.assertThat;

import dev.almadia.simulation.kernel.SimProcess;
import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.ClientStreamTracer;
import io.grpc.Context;
import io.grpc.Deadline;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.ServerCall;
import io.grpc.ServerServiceDefinition;
import io.grpc.Status;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class SimCallsTest {
  private static final long SECOND = 1000;

  private static final MethodDescriptor.Marshaller<byte[]> BYTES =
      new MethodDescriptor.Marshaller<>() {
        @Override
        public InputStream stream(byte[] value) {
          return new ByteArrayInputStream(value);
        }

        @Override
        public byte[] parse(InputStream stream) {
          try {
            return stream.readAllBytes();
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
        }
      };

  private static final MethodDescriptor<byte[], byte[]> METHOD =
      MethodDescriptor.newBuilder(BYTES, BYTES)
          .setFullMethodName("test.Service/Talk")
          .setType(MethodDescriptor.MethodType.BIDI_STREAMING)
          .build();

  /** What a server hears of its last call. */
  private static final class Service extends ServerCall.Listener<byte[]> {
    final List<String> heard = new ArrayList<>();
    ServerCall<byte[], byte[]> call;
    Context context;

    ServerServiceDefinition definition() {
      return ServerServiceDefinition.builder("test.Service")
          .addMethod(
              METHOD,
              (started, headers) -> {
                call = started;
                context = Context.current();
                started.sendHeaders(new Metadata());
                return this;
              })
          .build();
    }

    @Override
    public void onMessage(byte[] message) {
      assertThat(Context.current()).isSameAs(context);
      heard.add("message " + message.length);
    }

    @Override
    public void onHalfClose() {
      heard.add("half");
    }

    @Override
    public void onCancel() {
      assertThat(context.isCancelled()).isTrue();
      heard.add("cancel");
    }

    @Override
    public void onComplete() {
      heard.add("complete");
    }

    @Override
    public void onReady() {
      heard.add("ready");
    }
  }

  /** What a client hears of its call. */
  private static final class Caller extends ClientCall.Listener<byte[]> {
    final List<String> heard = new ArrayList<>();
    Status status;

    @Override
    public void onHeaders(Metadata headers) {
      heard.add("headers");
    }

    @Override
    public void onMessage(byte[] message) {
      heard.add("message " + message.length);
    }

    @Override
    public void onReady() {
      heard.add("ready");
    }

    @Override
    public void onClose(Status closed, Metadata trailers) {
      assertThat(status).isNull();
      status = closed;
      heard.add("close");
    }
  }

  /** Counts headers that left. */
  private static final class Tracer extends ClientStreamTracer.Factory {
    int headers;

    @Override
    public ClientStreamTracer newClientStreamTracer(
        ClientStreamTracer.StreamInfo info, Metadata given) {
      return new ClientStreamTracer() {
        @Override
        public void outboundHeaders() {
          headers++;
        }
      };
    }
  }

  private final World world = new World();
  private final SimProcess broker = world.start(1);
  private final SimProcess client = world.start(-1);
  private final Service service = new Service();
  private final Caller caller = new Caller();
  private final Tracer tracer = new Tracer();
  private final SimServer server =
      new SimServer(world.network, broker, "public", List.of(service.definition()));
  private final SimChannel channel = new SimChannel(world.network, client, 1, "public");

  private ClientCall<byte[], byte[]> begin(CallOptions options) {
    ClientCall<byte[], byte[]> call =
        channel.newCall(METHOD, options.withStreamTracerFactory(tracer));
    call.start(caller, new Metadata());
    assertThat(caller.heard).isEmpty();
    return call;
  }

  private ClientCall<byte[], byte[]> begun() {
    server.start();
    ClientCall<byte[], byte[]> call = begin(CallOptions.DEFAULT);
    world.runMillis(10);
    assertThat(caller.heard).containsExactly("ready", "headers");
    assertThat(service.heard).containsExactly("ready");
    return call;
  }

  private static CallOptions within(World world, SimProcess process, long millis) {
    return CallOptions.DEFAULT.withDeadline(
        Deadline.after(millis, TimeUnit.MILLISECONDS, world.network.hostOf(process).ticker()));
  }

  @Test
  void carriesMessagesAsTheyAreAskedForAndThenTheEnd() {
    ClientCall<byte[], byte[]> call = begun();
    call.sendMessage(new byte[1]);
    call.sendMessage(new byte[2]);
    call.halfClose();
    service.call.request(1);
    world.runMillis(10);
    assertThat(service.heard).containsExactly("ready", "message 1");
    service.call.request(5);
    assertThat(service.heard).hasSize(2);
    world.runMillis(10);
    assertThat(service.heard).containsExactly("ready", "message 1", "message 2", "half");

    service.call.sendMessage(new byte[3]);
    service.call.close(Status.OK.withDescription("fine"), new Metadata());
    world.runMillis(10);
    assertThat(service.heard).endsWith("half", "complete");
    assertThat(service.context.isCancelled()).isTrue();
    assertThat(caller.heard).containsExactly("ready", "headers");
    call.request(1);
    world.runMillis(10);
    assertThat(caller.heard).containsExactly("ready", "headers", "message 3", "close");
    assertThat(caller.status.isOk()).isTrue();
  }

  @Test
  void keepsTheOrderUnderJitterAndLoss() {
    ClientCall<byte[], byte[]> call = begun();
    world.network.delay(-1, 1, 0, 30 * World.MILLI);
    world.network.loss(-1, 1, 0.1);
    service.call.request(1000);
    List<String> expected = new ArrayList<>(List.of("ready"));
    for (int i = 0; i < 200; i++) {
      call.sendMessage(new byte[i]);
      expected.add("message " + i);
      world.runMillis(1);
    }
    world.runMillis(60 * SECOND);
    assertThat(service.heard).isEqualTo(expected);
  }

  @Test
  void refusesAtOnceWhereNobodyListensAndSaysThatNothingLeft() {
    ClientCall<byte[], byte[]> call = begin(CallOptions.DEFAULT);
    call.sendMessage(new byte[1]);
    world.runMillis(10);
    assertThat(caller.status.getCode()).isEqualTo(Status.Code.UNAVAILABLE);
    assertThat(tracer.headers).isZero();
  }

  @Test
  void connectsAgainAfterTheBackOff() {
    begin(CallOptions.DEFAULT);
    world.runMillis(10);
    server.start();
    Caller second = new Caller();
    channel.newCall(METHOD, CallOptions.DEFAULT).start(second, new Metadata());
    world.runMillis(10);
    assertThat(second.status.getCode()).isEqualTo(Status.Code.UNAVAILABLE);
    channel.resetConnectBackoff();
    Caller third = new Caller();
    channel.newCall(METHOD, CallOptions.DEFAULT).start(third, new Metadata());
    world.runMillis(10);
    assertThat(third.heard).containsExactly("ready", "headers");
  }

  @Test
  void waitsForTheConnectionUntilTheDeadlineWhenTheWayIsCut() {
    server.start();
    world.network.cut(-1, 1);
    begin(within(world, client, 3000));
    world.runMillis(2999);
    assertThat(caller.status).isNull();
    world.runMillis(2);
    assertThat(caller.status.getCode()).isEqualTo(Status.Code.DEADLINE_EXCEEDED);
    assertThat(tracer.headers).isZero();
    assertThat(service.call).isNull();
  }

  @Test
  void endsOnBothSidesAtTheDeadline() {
    server.start();
    begin(within(world, client, 100));
    world.runMillis(50);
    Deadline there = service.context.getDeadline();
    assertThat(there.timeRemaining(TimeUnit.MILLISECONDS)).isBetween(40L, 50L);
    world.network.cut(-1, 1);
    world.runMillis(60);
    assertThat(caller.status.getCode()).isEqualTo(Status.Code.DEADLINE_EXCEEDED);
    assertThat(service.heard).containsExactly("ready", "cancel");
    assertThat(service.call.isCancelled()).isTrue();
    assertThat(tracer.headers).isEqualTo(1);
  }

  @Test
  void tellsTheServerThatTheClientCancelled() {
    ClientCall<byte[], byte[]> call = begun();
    call.cancel("enough", null);
    assertThat(caller.status).isNull();
    world.runMillis(10);
    assertThat(caller.status.getCode()).isEqualTo(Status.Code.CANCELLED);
    assertThat(service.heard).containsExactly("ready", "cancel");
  }

  @Test
  void endsACallWithTheContextItWasMadeIn() {
    server.start();
    Context.CancellableContext context = Context.ROOT.withCancellation();
    context.run(() -> begin(CallOptions.DEFAULT));
    world.runMillis(10);
    context.cancel(null);
    world.runMillis(10);
    assertThat(caller.status.getCode()).isEqualTo(Status.Code.CANCELLED);
    assertThat(service.heard).containsExactly("ready", "cancel");
  }

  @Test
  void hearsAtOnceThatTheServersProcessEnded() {
    ClientCall<byte[], byte[]> call = begun();
    call.request(1);
    world.kill(broker);
    long millis = world.runUntil(() -> caller.status != null, SECOND);
    assertThat(millis).isLessThan(5);
    assertThat(caller.status.getCode()).isEqualTo(Status.Code.UNAVAILABLE);
    assertThat(service.heard).containsExactly("ready");
  }

  @Test
  void tellsTheServerThatTheClientsProcessEnded() {
    begun();
    world.kill(client);
    world.runMillis(10);
    assertThat(service.heard).containsExactly("ready", "cancel");
    assertThat(caller.status).isNull();
  }

  @Test
  void noticesAMachineWithoutPowerByItsSilence() {
    begun();
    broker.end();
    world.network.vanish(broker);
    world.runMillis(3 * SECOND);
    assertThat(caller.status).isNull();
    world.runMillis(7 * SECOND);
    assertThat(caller.status.getCode()).isEqualTo(Status.Code.UNAVAILABLE);
  }

  @Test
  void resetsAConnectionOfAProcessThatIsNoMore() {
    ClientCall<byte[], byte[]> call = begun();
    broker.end();
    world.network.vanish(broker);
    SimProcess unused = world.start(1);
    call.sendMessage(new byte[1]);
    world.runMillis(10);
    assertThat(caller.status.getCode()).isEqualTo(Status.Code.UNAVAILABLE);
  }

  @Test
  void deliversLateWhatAShortCutHeld() {
    ClientCall<byte[], byte[]> call = begun();
    service.call.request(1);
    world.network.cut(-1, 1);
    call.sendMessage(new byte[1]);
    world.runMillis(2 * SECOND);
    assertThat(service.heard).containsExactly("ready");
    world.network.open(-1, 1);
    world.runMillis(2 * SECOND);
    assertThat(service.heard).containsExactly("ready", "message 1");
  }

  @Test
  void endsACallOnBothSidesWhenOneDirectionIsSilent() {
    begun();
    world.network.cut(1, -1);
    world.runMillis(15 * SECOND);
    assertThat(caller.status.getCode()).isEqualTo(Status.Code.UNAVAILABLE);
    assertThat(service.heard).containsExactly("ready", "cancel");
  }

  @Test
  void endsACallOnBothSidesWhenTheConnectionIsReset() {
    begun();
    world.network.reset(1, -1);
    world.runMillis(1);
    assertThat(caller.status.getCode()).isEqualTo(Status.Code.UNAVAILABLE);
    assertThat(service.heard).containsExactly("ready", "cancel");
    Caller next = new Caller();
    channel.newCall(METHOD, CallOptions.DEFAULT).start(next, new Metadata());
    world.runMillis(10);
    assertThat(next.heard).containsExactly("ready", "headers");
  }

  @Test
  void isNotReadyWhileTheOtherSideDoesNotTake() {
    ClientCall<byte[], byte[]> call = begun();
    int sent = 0;
    while (call.isReady()) {
      call.sendMessage(new byte[1000]);
      sent++;
    }
    assertThat(sent).isEqualTo(66);
    world.runMillis(10);
    assertThat(caller.heard).containsOnlyOnce("ready");
    service.call.request(100);
    world.runMillis(10);
    assertThat(caller.heard).containsExactly("ready", "headers", "ready");

    call.request(1);
    while (service.call.isReady()) {
      service.call.sendMessage(new byte[1000]);
    }
    world.runMillis(10);
    assertThat(caller.heard).endsWith("ready", "message 1000");
    assertThat(service.call.isReady()).isFalse();
    call.request(100);
    world.runMillis(10);
    assertThat(service.call.isReady()).isTrue();
    assertThat(service.heard).endsWith("ready");
  }

  @Test
  void holdsWhatAPausedProcessWouldHear() {
    ClientCall<byte[], byte[]> call = begun();
    service.call.request(1);
    broker.pause();
    call.sendMessage(new byte[1]);
    world.runMillis(2 * SECOND);
    assertThat(service.heard).containsExactly("ready");
    broker.resume();
    assertThat(service.heard).containsExactly("ready", "message 1");
  }

  @Test
  void letsCallsFinishWhenTheServerIsShutDown() {
    begun();
    server.shutdown();
    Caller next = new Caller();
    world.runMillis(10);
    channel.newCall(METHOD, CallOptions.DEFAULT).start(next, new Metadata());
    world.runMillis(10);
    assertThat(next.status.getCode()).isEqualTo(Status.Code.UNAVAILABLE);
    assertThat(server.isTerminated()).isFalse();
    service.call.close(Status.OK, new Metadata());
    world.runMillis(10);
    assertThat(caller.status.isOk()).isTrue();
    assertThat(server.isTerminated()).isTrue();
  }

  @Test
  void endsAllWhenTheChannelIsShutDownNow() {
    begun();
    channel.shutdownNow();
    world.runMillis(10);
    assertThat(caller.status.getCode()).isEqualTo(Status.Code.UNAVAILABLE);
    assertThat(service.heard).containsExactly("ready", "cancel");
    assertThat(channel.isTerminated()).isTrue();
    Caller next = new Caller();
    channel.newCall(METHOD, CallOptions.DEFAULT).start(next, new Metadata());
    world.runMillis(1);
    assertThat(next.status.getCode()).isEqualTo(Status.Code.UNAVAILABLE);
  }

  @Test
  void doesNotKnowAMethodThatNobodyServes() {
    server.start();
    MethodDescriptor<byte[], byte[]> other =
        METHOD.toBuilder().setFullMethodName("test.Service/Other").build();
    channel.newCall(other, CallOptions.DEFAULT).start(caller, new Metadata());
    world.runMillis(10);
    assertThat(caller.status.getCode()).isEqualTo(Status.Code.UNIMPLEMENTED);
  }
}
