// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.server.data;

import dev.almadia.broker.server.grpc.OpaqueMarshaller;
import dev.almadia.internal.v1.OpaqueFetchResponse;
import dev.almadia.internal.v1.OpaqueProduceRequest;
import dev.almadia.internal.v1.OpaqueProduceStreamRequest;
import dev.almadia.internal.v1.OpaqueSubscribeResponse;
import dev.almadia.v1.ConsumerServiceGrpc;
import dev.almadia.v1.FenceProducerRequest;
import dev.almadia.v1.FenceProducerResponse;
import dev.almadia.v1.FetchRequest;
import dev.almadia.v1.GetProducerRequest;
import dev.almadia.v1.GetProducerResponse;
import dev.almadia.v1.ListProducersRequest;
import dev.almadia.v1.ListProducersResponse;
import dev.almadia.v1.OpenProducerRequest;
import dev.almadia.v1.OpenProducerResponse;
import dev.almadia.v1.ProduceResponse;
import dev.almadia.v1.ProduceStreamResponse;
import dev.almadia.v1.ProducerServiceGrpc;
import dev.almadia.v1.ResolveOffsetsRequest;
import dev.almadia.v1.ResolveOffsetsResponse;
import dev.almadia.v1.SubscribeRequest;
import io.grpc.MethodDescriptor;
import io.grpc.ServiceDescriptor;

/** The public methods as this broker sees them: same names and bytes, records not decoded. */
final class DataMethods {
  static final MethodDescriptor<OpaqueProduceRequest, ProduceResponse> PRODUCE =
      OpaqueMarshaller.twin(
          ProducerServiceGrpc.getProduceMethod(),
          OpaqueProduceRequest.getDefaultInstance(),
          ProduceResponse.getDefaultInstance());
  static final MethodDescriptor<OpaqueProduceStreamRequest, ProduceStreamResponse> PRODUCE_STREAM =
      OpaqueMarshaller.twin(
          ProducerServiceGrpc.getProduceStreamMethod(),
          OpaqueProduceStreamRequest.getDefaultInstance(),
          ProduceStreamResponse.getDefaultInstance());
  static final MethodDescriptor<OpenProducerRequest, OpenProducerResponse> OPEN_PRODUCER =
      ProducerServiceGrpc.getOpenProducerMethod();
  static final MethodDescriptor<FenceProducerRequest, FenceProducerResponse> FENCE_PRODUCER =
      ProducerServiceGrpc.getFenceProducerMethod();
  static final MethodDescriptor<GetProducerRequest, GetProducerResponse> GET_PRODUCER =
      ProducerServiceGrpc.getGetProducerMethod();
  static final MethodDescriptor<ListProducersRequest, ListProducersResponse> LIST_PRODUCERS =
      ProducerServiceGrpc.getListProducersMethod();
  static final MethodDescriptor<FetchRequest, OpaqueFetchResponse> FETCH =
      OpaqueMarshaller.twin(
          ConsumerServiceGrpc.getFetchMethod(),
          FetchRequest.getDefaultInstance(),
          OpaqueFetchResponse.getDefaultInstance());
  static final MethodDescriptor<SubscribeRequest, OpaqueSubscribeResponse> SUBSCRIBE =
      OpaqueMarshaller.twin(
          ConsumerServiceGrpc.getSubscribeMethod(),
          SubscribeRequest.getDefaultInstance(),
          OpaqueSubscribeResponse.getDefaultInstance());
  static final MethodDescriptor<ResolveOffsetsRequest, ResolveOffsetsResponse> RESOLVE =
      ConsumerServiceGrpc.getResolveOffsetsMethod();

  private DataMethods() {}

  /** ProducerService, its schema as generated, so that reflection shows typed records. */
  static ServiceDescriptor producerService() {
    return ServiceDescriptor.newBuilder(ProducerServiceGrpc.SERVICE_NAME)
        .setSchemaDescriptor(ProducerServiceGrpc.getServiceDescriptor().getSchemaDescriptor())
        .addMethod(PRODUCE)
        .addMethod(PRODUCE_STREAM)
        .addMethod(OPEN_PRODUCER)
        .addMethod(FENCE_PRODUCER)
        .addMethod(GET_PRODUCER)
        .addMethod(LIST_PRODUCERS)
        .build();
  }

  /** ConsumerService, the same. */
  static ServiceDescriptor consumerService() {
    return ServiceDescriptor.newBuilder(ConsumerServiceGrpc.SERVICE_NAME)
        .setSchemaDescriptor(ConsumerServiceGrpc.getServiceDescriptor().getSchemaDescriptor())
        .addMethod(FETCH)
        .addMethod(SUBSCRIBE)
        .addMethod(RESOLVE)
        .build();
  }
}
