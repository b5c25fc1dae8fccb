// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.server.data;

import dev.almadia.broker.core.routing.Router;
import dev.almadia.broker.server.BrokerContext;
import dev.almadia.broker.server.grpc.Forwarder;
import dev.almadia.internal.v1.OpaqueProduceStreamRequest;
import dev.almadia.internal.v1.OpaqueSubscribeResponse;
import dev.almadia.internal.v1.OpeningServiceGrpc;
import dev.almadia.v1.ProduceStreamResponse;
import io.grpc.ServerInterceptors;
import io.grpc.ServerServiceDefinition;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.ServerCalls;
import io.grpc.stub.StreamObserver;
import io.micrometer.core.instrument.Gauge;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/**
 * ProducerService and ConsumerService of a broker, to be served on the public and on the internal
 * port. Made once; closed when the broker stops, after its ports.
 */
public final class DataServices implements AutoCloseable {
  private static final long TICK_MS = 100;

  private final BrokerContext broker;
  private final DataLimits limits;
  private final Producing producing;
  private final OpeningProducers openings;
  private final ProducerQueries queries;
  private final Streaming streaming;
  private final Fetching fetching;
  private final Resolving resolving;
  private final Subscribing subscribing;
  private final Queue<ProduceStreamSession> streams = new ConcurrentLinkedQueue<>();
  private final Future<?> ticker;

  /** Services of this broker. */
  public DataServices(BrokerContext broker, DataLimits limits) {
    this.broker = broker;
    this.limits = limits;
    Router router =
        new Router(broker.brokerId(), broker::image, broker.leaders(), broker.groups()::view);
    Forwarder forwarder = new Forwarder(broker.brokerId(), broker.ticker(), broker::channelTo);
    TopicLookup topics = new TopicLookup(broker);
    LogReader reader = new LogReader(broker);
    ByteBudget budget = new ByteBudget(limits.produceBytesMax());
    PartWriter writer = new PartWriter(broker, router, forwarder, limits.retryMs());
    producing = new Producing(broker, topics, writer, budget, limits.retryMs());
    LeaderRounds.Leaders leaders =
        new LeaderRounds.Leaders(broker, router, forwarder, limits.retryMs());
    openings = new OpeningProducers(leaders, topics);
    queries = new ProducerQueries(leaders, topics);
    streaming = new Streaming(new StreamOpening(topics, openings), writer, budget);
    fetching = new Fetching(broker, topics, router, forwarder, reader, limits.retryMs());
    resolving = new Resolving(broker, topics, router, forwarder, reader, limits.retryMs());
    subscribing = new Subscribing(broker, topics, resolving, fetching);
    ticker =
        broker.timers().scheduleWithFixedDelay(this::tick, TICK_MS, TICK_MS, TimeUnit.MILLISECONDS);
    Gauge.builder("almadia.produce.held.bytes", budget, ByteBudget::taken)
        .register(broker.meters());
    Gauge.builder("almadia.subscriptions", subscribing, Subscribing::sessionCount)
        .register(broker.meters());
  }

  /** The services, the same on both ports. */
  public List<ServerServiceDefinition> definitions() {
    CallInfo.Interceptor interceptor = new CallInfo.Interceptor();
    return List.of(
        ServerInterceptors.intercept(producer(), interceptor),
        ServerInterceptors.intercept(consumer(), interceptor));
  }

  /** What only brokers may call, for the internal port. */
  public ServerServiceDefinition forBrokers() {
    return ServerInterceptors.intercept(
        ServerServiceDefinition.builder(OpeningServiceGrpc.getServiceDescriptor())
            .addMethod(
                OpeningServiceGrpc.getOpenInPartitionsMethod(),
                ServerCalls.asyncUnaryCall(
                    (request, observer) ->
                        openings.openHere(
                            request, CallInfo.current(), ObserverReply.of(observer, () -> {}))))
            .addMethod(
                OpeningServiceGrpc.getReadProducersMethod(),
                ServerCalls.asyncUnaryCall(
                    (request, observer) ->
                        queries.readHere(
                            request, CallInfo.current(), ObserverReply.of(observer, () -> {}))))
            .build(),
        new CallInfo.Interceptor());
  }

  @Override
  public void close() {
    ticker.cancel(false);
  }

  private void tick() {
    subscribing.tick();
    streams.forEach(ProduceStreamSession::tick);
    streams.removeIf(ProduceStreamSession::ended);
  }

  private ServerServiceDefinition producer() {
    return ServerServiceDefinition.builder(DataMethods.producerService())
        .addMethod(
            DataMethods.PRODUCE,
            ServerCalls.asyncUnaryCall(
                (request, observer) ->
                    producing.produce(
                        request, CallInfo.current(), ObserverReply.of(observer, () -> {}))))
        .addMethod(
            DataMethods.PRODUCE_STREAM, ServerCalls.asyncBidiStreamingCall(this::produceStream))
        .addMethod(
            DataMethods.OPEN_PRODUCER,
            ServerCalls.asyncUnaryCall(
                (request, observer) ->
                    openings.open(
                        request, CallInfo.current(), ObserverReply.of(observer, () -> {}))))
        .addMethod(
            DataMethods.FENCE_PRODUCER,
            ServerCalls.asyncUnaryCall(
                (request, observer) ->
                    openings.fence(
                        request, CallInfo.current(), ObserverReply.of(observer, () -> {}))))
        .addMethod(
            DataMethods.GET_PRODUCER,
            ServerCalls.asyncUnaryCall(
                (request, observer) ->
                    queries.get(request, CallInfo.current(), ObserverReply.of(observer, () -> {}))))
        .addMethod(
            DataMethods.LIST_PRODUCERS,
            ServerCalls.asyncUnaryCall(
                (request, observer) ->
                    queries.list(
                        request, CallInfo.current(), ObserverReply.of(observer, () -> {}))))
        .build();
  }

  private StreamObserver<OpaqueProduceStreamRequest> produceStream(
      StreamObserver<ProduceStreamResponse> out) {
    ProduceStreamSession session =
        new ProduceStreamSession(
            broker,
            streaming,
            limits,
            CallInfo.current(),
            (ServerCallStreamObserver<ProduceStreamResponse>) out);
    session.begin();
    streams.add(session);
    return session;
  }

  private ServerServiceDefinition consumer() {
    return ServerServiceDefinition.builder(DataMethods.consumerService())
        .addMethod(
            DataMethods.FETCH,
            ServerCalls.asyncUnaryCall(
                (request, observer) ->
                    fetching.fetch(
                        request, CallInfo.current(), ObserverReply.of(observer, () -> {}))))
        .addMethod(
            DataMethods.SUBSCRIBE,
            ServerCalls.asyncServerStreamingCall(
                (request, observer) ->
                    subscribing.subscribe(
                        request,
                        CallInfo.current(),
                        (ServerCallStreamObserver<OpaqueSubscribeResponse>) observer)))
        .addMethod(
            DataMethods.RESOLVE,
            ServerCalls.asyncUnaryCall(
                (request, observer) ->
                    resolving.resolve(
                        request, CallInfo.current(), ObserverReply.of(observer, () -> {}))))
        .build();
  }
}
