// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.server.control;

import dev.almadia.broker.core.BrokerError;
import dev.almadia.broker.core.metadata.MetadataResult;
import dev.almadia.broker.core.routing.Hop;
import dev.almadia.broker.core.routing.Route;
import dev.almadia.broker.server.BrokerException;
import dev.almadia.broker.server.grpc.Forwarder;
import dev.almadia.broker.server.grpc.Statuses;
import dev.almadia.internal.v1.MetadataCommand;
import dev.almadia.v1.ErrorReason;
import io.grpc.Context;
import io.grpc.Deadline;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Carries out calls that change metadata: on the leader of group 0, which may be another broker.
 * While there is no leader, and nothing was done, it tries again inside the call, so that a client
 * sees an election as a pause and not as an error. Any thread; nothing blocks.
 */
final class MetadataChanges {
  private static final long PATIENCE_MS = 5000;
  private static final long MARGIN_MS = 100;
  private static final long PAUSE_MS = 50;
  private static final int REMAKES_MAX = 3;

  private final ControlParts parts;

  MetadataChanges(ControlParts parts) {
    this.parts = parts;
  }

  /** Starts it; to be called on the thread of the call's handler. */
  <Q, R> CompletableFuture<R> start(MetadataChange<Q, R> change) {
    Attempt<Q, R> attempt = new Attempt<>(change, parts.hops().get());
    attempt.run();
    return attempt.done;
  }

  /** One call, through all its tries. One try at a time. */
  private final class Attempt<Q, R> {
    final CompletableFuture<R> done = new CompletableFuture<>();
    private final MetadataChange<Q, R> change;
    private final Hop hop;
    private final @Nullable Deadline deadline = Context.current().getDeadline();
    // Later tries are made for the same caller, whether it still waits or not.
    private final Context caller = Context.current().fork();
    private final Deadline patience = parts.context().deadlineAfter(PATIENCE_MS);
    private int remakes;

    Attempt(MetadataChange<Q, R> change, Hop hop) {
      this.change = change;
      this.hop = hop;
    }

    void run() {
      try {
        Route route = parts.router().routeMetadata(hop);
        if (route instanceof Route.Local) {
          runHere();
        } else if (route instanceof Route.Forward forward) {
          runThere(forward.brokerId());
        } else if (route instanceof Route.NoLeader none) {
          retryOr(none.error());
        } else {
          fail(((Route.Refused) route).error());
        }
      } catch (BrokerException e) {
        fail(e.error());
      } catch (RuntimeException e) {
        done.completeExceptionally(e);
      }
    }

    private void runHere() {
      MetadataCommand command = Answers.valueOf(change.command().apply(parts.context().image()));
      if (change.validateOnly()) {
        done.complete(change.answer().of(parts.context().image(), command));
        return;
      }
      var unused =
          parts
              .context()
              .proposeMetadata(command)
              .whenComplete(
                  (result, thrown) -> {
                    if (thrown != null) {
                      failed(thrown);
                    } else {
                      applied(command, result);
                    }
                  });
    }

    private void applied(MetadataCommand command, MetadataResult result) {
      BrokerError error = result.error();
      if (error == null) {
        done.complete(change.answer().of(result.image(), command));
      } else if (error.reason() == ErrorReason.ERROR_REASON_ETAG_MISMATCH
          && change.remakeOnRace()
          && remakes++ < REMAKES_MAX) {
        later();
      } else {
        fail(error);
      }
    }

    private void runThere(int brokerId) {
      var unused =
          parts
              .forwarder()
              .unary(
                  Forwarder.Destination.of(brokerId),
                  change.method(),
                  change.request(),
                  Forwarder.Effect.WRITE,
                  deadline)
              .whenComplete(
                  (answer, thrown) -> {
                    if (thrown != null) {
                      failed(thrown);
                    } else {
                      answerWhenVisible(answer);
                    }
                  });
    }

    /** So that who creates a topic through this broker can use it through this broker. */
    private void answerWhenVisible(R answer) {
      if (change.validateOnly()) {
        done.complete(answer);
        return;
      }
      var unused =
          parts
              .imageWaits()
              .apply(image -> change.isVisible().test(image, answer))
              .whenComplete((ignored, thrown) -> done.complete(answer));
    }

    private void failed(Throwable thrown) {
      BrokerError error = Statuses.errorOf(thrown);
      if (error == null) {
        done.completeExceptionally(Statuses.unwrap(thrown));
      } else if (error.reason() == ErrorReason.ERROR_REASON_NO_LEADER
          || error.reason() == ErrorReason.ERROR_REASON_NOT_LEADER
          || error.reason() == ErrorReason.ERROR_REASON_BROKER_STOPPING) {
        retryOr(error);
      } else {
        fail(error);
      }
    }

    /** A forwarded call is tried again by the broker that took it from the client. */
    private void retryOr(BrokerError error) {
      boolean late = deadline != null && deadline.timeRemaining(TimeUnit.MILLISECONDS) < MARGIN_MS;
      if (hop == Hop.FORWARDED || late || patience.isExpired() || parts.context().isStopping()) {
        fail(error);
      } else {
        later();
      }
    }

    private void later() {
      try {
        Runnable again = caller.wrap(this::run);
        var unused = parts.context().timers().schedule(again, PAUSE_MS, TimeUnit.MILLISECONDS);
      } catch (RejectedExecutionException e) {
        fail(dev.almadia.broker.core.Errors.stopping(parts.context().brokerId()));
      }
    }

    private void fail(BrokerError error) {
      done.completeExceptionally(new BrokerException(error));
    }
  }
}
