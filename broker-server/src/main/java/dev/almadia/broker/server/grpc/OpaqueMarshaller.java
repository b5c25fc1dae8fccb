// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.server.grpc;

import com.google.protobuf.Message;
import io.grpc.MethodDescriptor;

/**
 * Makes descriptors of public methods whose messages are the broker's opaque twins: the same name
 * and the same bytes on the wire, records not decoded. The schema stays that of the public method,
 * so reflection shows typed records.
 */
public final class OpaqueMarshaller {
  private OpaqueMarshaller() {}

  /**
   * The method with twins in place of its messages.
   *
   * @param method as generated
   * @param request default instance of the request's twin, or of the request itself
   * @param response default instance of the response's twin, or of the response itself
   */
  public static <Q extends Message, R extends Message> MethodDescriptor<Q, R> twin(
      MethodDescriptor<?, ?> method, Q request, R response) {
    return method.toBuilder(new SharingMarshaller<>(request), new SharingMarshaller<>(response))
        .build();
  }
}
