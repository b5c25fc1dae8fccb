// SPDX-License-Identifier: Apache-2.0
package dev.almadia.client;

import dev.almadia.internal.v1.OpaqueFetchResponse;
import dev.almadia.internal.v1.OpaqueProduceStreamRequest;
import dev.almadia.internal.v1.OpaqueSubscribeResponse;
import dev.almadia.v1.ConsumerServiceGrpc;
import dev.almadia.v1.FetchRequest;
import dev.almadia.v1.ProduceStreamResponse;
import dev.almadia.v1.ProducerServiceGrpc;
import dev.almadia.v1.SubscribeRequest;
import io.grpc.MethodDescriptor;
import io.grpc.protobuf.ProtoUtils;

/**
 * The calls that carry records, with the records as one byte string: they are serialized once, and
 * their checksum is over exactly the bytes that travel.
 */
final class Methods {
  static final MethodDescriptor<OpaqueProduceStreamRequest, ProduceStreamResponse> PRODUCE_STREAM =
      ProducerServiceGrpc.getProduceStreamMethod().toBuilder(
              ProtoUtils.marshaller(OpaqueProduceStreamRequest.getDefaultInstance()),
              ProtoUtils.marshaller(ProduceStreamResponse.getDefaultInstance()))
          .build();

  static final MethodDescriptor<FetchRequest, OpaqueFetchResponse> FETCH =
      ConsumerServiceGrpc.getFetchMethod().toBuilder(
              ProtoUtils.marshaller(FetchRequest.getDefaultInstance()),
              ProtoUtils.marshaller(OpaqueFetchResponse.getDefaultInstance()))
          .build();

  static final MethodDescriptor<SubscribeRequest, OpaqueSubscribeResponse> SUBSCRIBE =
      ConsumerServiceGrpc.getSubscribeMethod().toBuilder(
              ProtoUtils.marshaller(SubscribeRequest.getDefaultInstance()),
              ProtoUtils.marshaller(OpaqueSubscribeResponse.getDefaultInstance()))
          .build();

  private Methods() {}
}
