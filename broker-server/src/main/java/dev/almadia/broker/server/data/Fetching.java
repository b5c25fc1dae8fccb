// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.server.data;

import dev.almadia.broker.core.BrokerError;
import dev.almadia.broker.core.Errors;
import dev.almadia.broker.core.metadata.TopicImage;
import dev.almadia.broker.core.routing.Hop;
import dev.almadia.broker.core.routing.Route;
import dev.almadia.broker.core.routing.Router;
import dev.almadia.broker.core.topics.TopicNames;
import dev.almadia.broker.server.BrokerContext;
import dev.almadia.broker.server.grpc.Forwarder;
import dev.almadia.broker.server.grpc.Statuses;
import dev.almadia.internal.v1.OpaqueFetchResponse;
import dev.almadia.v1.ErrorReason;
import dev.almadia.v1.FetchRequest;
import io.grpc.Deadline;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Fetch: reads from one partition at its leader, here or on another broker, and waits for records
 * without holding a thread. Any thread may call; nothing blocks.
 */
final class Fetching {
  /** Longest wait that a request may ask for, in milliseconds. */
  static final int WAIT_MS_MAX = 30_000;

  /** What a forwarded call may take beyond its wait, in milliseconds. */
  private static final long FORWARD_MARGIN_MS = 5_000;

  private final BrokerContext broker;
  private final TopicLookup topics;
  private final Router router;
  private final Forwarder forwarder;
  private final LogReader reader;
  private final long retryMs;

  Fetching(
      BrokerContext broker,
      TopicLookup topics,
      Router router,
      Forwarder forwarder,
      LogReader reader,
      long retryMs) {
    this.broker = broker;
    this.topics = topics;
    this.router = router;
    this.forwarder = forwarder;
    this.reader = reader;
    this.retryMs = retryMs;
  }

  /** Reads. What it waits for ends with the call's context. */
  void fetch(FetchRequest request, CallInfo call, Reply<OpaqueFetchResponse> reply) {
    BrokerError error = refusalOf(request);
    if (error != null) {
      reply.failed(error);
      return;
    }
    topics.find(
        request.getTopic(),
        call,
        new Reply<>() {
          @Override
          public void done(TopicImage topic) {
            new Attempt(request, call, topic.topicId(), reply).run();
          }

          @Override
          public void failed(BrokerError unknown) {
            reply.failed(unknown);
          }
        });
  }

  private static @Nullable BrokerError refusalOf(FetchRequest request) {
    if (request.getMaxRecords() < 0) {
      return Errors.invalid(
          "max_records", String.valueOf(request.getMaxRecords()), "must not be negative");
    }
    if (request.getMaxBytes() < 0) {
      return Errors.invalid(
          "max_bytes", String.valueOf(request.getMaxBytes()), "must not be negative");
    }
    if (request.getMaxWaitMs() < 0 || request.getMaxWaitMs() > WAIT_MS_MAX) {
      return Errors.invalid(
          "max_wait_ms",
          String.valueOf(request.getMaxWaitMs()),
          "must be from 0 to " + WAIT_MS_MAX);
    }
    return Positions.refusalOf("position", request.getPosition());
  }

  /** One call with its repetitions; one step at a time. */
  private final class Attempt {
    private final FetchRequest request;
    private final CallInfo call;
    private final long topicId;
    private final Reply<OpaqueFetchResponse> reply;
    private final Patience patience;
    private final Deadline waitUntil;

    private Attempt(
        FetchRequest request, CallInfo call, long topicId, Reply<OpaqueFetchResponse> reply) {
      this.request = request;
      this.call = call;
      this.topicId = topicId;
      this.reply = reply;
      this.patience = Patience.of(broker, call.deadline(), retryMs);
      this.waitUntil = broker.deadlineAfter(request.getMaxWaitMs());
    }

    private void run() {
      TopicImage now = broker.image().topic(request.getTopic());
      if (now != null && now.topicId() != topicId) {
        // Deleted, and created again by the same name, while this call was under way.
        reply.failed(TopicNames.notFound(broker.image(), request.getTopic()));
        return;
      }
      Route route = router.route(request.getTopic(), request.getPartition(), call.hop());
      if (route instanceof Route.Local local) {
        new LocalFetch(broker, reader, request, call, waitUntil)
            .start(
                local.groupId(),
                new Reply<>() {
                  @Override
                  public void done(OpaqueFetchResponse answer) {
                    reply.done(answer.toBuilder().setHint(router.hint(local.groupId())).build());
                  }

                  @Override
                  public void failed(BrokerError error) {
                    againIfItMayPass(error, Patience.mayPass(error));
                  }
                });
      } else if (route instanceof Route.Forward forward) {
        forward(forward.brokerId());
      } else if (route instanceof Route.NoLeader none) {
        againIfItMayPass(none.error(), true);
      } else if (route instanceof Route.Refused refused) {
        reply.failed(refused.error());
      }
    }

    private void forward(int brokerId) {
      long waitMs = Math.max(0, waitUntil.timeRemaining(TimeUnit.MILLISECONDS));
      long bytesMax = request.getMaxBytes();
      if (call.clientBytesMax() > 0) {
        bytesMax =
            bytesMax == 0 ? call.clientBytesMax() : Math.min(bytesMax, call.clientBytesMax());
      }
      FetchRequest rest =
          request.toBuilder().setMaxWaitMs((int) waitMs).setMaxBytes(bytesMax).build();
      Deadline deadline = broker.deadlineAfter(waitMs + FORWARD_MARGIN_MS);
      call.context()
          .run(
              () ->
                  Later.whenDone(
                      forwarder.unary(
                          new Forwarder.Destination(brokerId, topicId),
                          DataMethods.FETCH,
                          rest,
                          Forwarder.Effect.READ,
                          deadline),
                      this::forwarded));
    }

    private void forwarded(@Nullable OpaqueFetchResponse answer, @Nullable Throwable thrown) {
      if (answer != null) {
        reply.done(answer);
        return;
      }
      BrokerError error = thrown == null ? null : Statuses.errorOf(thrown);
      if (error == null) {
        error = Errors.noLeader(request.getTopic(), request.getPartition());
      }
      againIfItMayPass(
          error,
          Patience.mayPassThere(error) || error.reason() == ErrorReason.ERROR_REASON_READ_TIMEOUT);
    }

    private void againIfItMayPass(BrokerError error, boolean mayPass) {
      boolean tryAgain = mayPass && call.hop() != Hop.FORWARDED && !call.context().isCancelled();
      long pauseMs = tryAgain ? patience.nextPauseMs() : -1;
      if (pauseMs < 0) {
        reply.failed(error);
        return;
      }
      Later.run(broker, this::run, pauseMs);
    }
  }
}
