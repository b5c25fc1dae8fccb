// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.server.data;

import dev.almadia.broker.core.routing.Hop;
import dev.almadia.broker.server.grpc.Forwarder;
import io.grpc.Context;
import io.grpc.Contexts;
import io.grpc.Deadline;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import org.jspecify.annotations.Nullable;

/**
 * What a call says beside its message.
 *
 * @param hop how far it may still travel
 * @param clientBytesMax largest message that the client takes, 0 if it did not say
 * @param topicId the topic that is meant (a name is used again), 0 for the one of that name
 * @param context the call's context: ends with it, and ends what was started in it
 */
record CallInfo(Hop hop, int clientBytesMax, long topicId, Context context) {
  private static final Metadata.Key<String> ROUTING =
      Metadata.Key.of("almadia-routing", Metadata.ASCII_STRING_MARSHALLER);
  private static final Metadata.Key<String> MESSAGE_BYTES_MAX =
      Metadata.Key.of("almadia-max-message-bytes", Metadata.ASCII_STRING_MARSHALLER);
  private static final Context.Key<Metadata> HEADERS = Context.key("almadia-headers");
  private static final int DIGITS_MAX = 9;

  /** The call that runs on this thread. */
  static CallInfo current() {
    Context context = Context.current();
    Metadata headers = HEADERS.get(context);
    if (headers == null) {
      return new CallInfo(Hop.PROXY, 0, 0, context);
    }
    return new CallInfo(
        hopOf(headers), bytesOf(headers.get(MESSAGE_BYTES_MAX)), topicIdOf(headers), context);
  }

  /** The same, about this topic and no other by its name. */
  CallInfo about(long wantedTopicId) {
    return new CallInfo(hop, clientBytesMax, wantedTopicId, context);
  }

  /** The call's deadline, null if it has none. */
  @Nullable Deadline deadline() {
    return context.getDeadline();
  }

  private static Hop hopOf(Metadata headers) {
    if (headers.containsKey(Forwarder.FORWARDED)) {
      return Hop.FORWARDED;
    }
    return "direct".equals(headers.get(ROUTING)) ? Hop.DIRECT : Hop.PROXY;
  }

  /** Only brokers are believed: the public port has taken the mark of a forwarded call away. */
  private static long topicIdOf(Metadata headers) {
    String text = headers.get(Forwarder.TOPIC_ID);
    return text != null && headers.containsKey(Forwarder.FORWARDED) ? Long.parseLong(text) : 0;
  }

  private static int bytesOf(@Nullable String text) {
    boolean number =
        text != null
            && !text.isEmpty()
            && text.length() <= DIGITS_MAX
            && text.chars().allMatch(c -> c >= '0' && c <= '9');
    return number && text != null ? Integer.parseInt(text) : 0;
  }

  /** Keeps the headers where handlers find them. */
  static final class Interceptor implements ServerInterceptor {
    @Override
    public <Q, R> ServerCall.Listener<Q> interceptCall(
        ServerCall<Q, R> call, Metadata headers, ServerCallHandler<Q, R> next) {
      return Contexts.interceptCall(
          Context.current().withValue(HEADERS, headers), call, headers, next);
    }
  }
}
