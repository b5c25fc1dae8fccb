// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.server.control;

import dev.almadia.broker.core.Errors;
import dev.almadia.broker.core.cluster.Operations;
import dev.almadia.broker.core.metadata.MetadataImage;
import dev.almadia.broker.core.metadata.OperationImage;
import dev.almadia.broker.server.BrokerException;
import dev.almadia.v1.GetOperationRequest;
import dev.almadia.v1.Operation;
import io.grpc.Context;
import io.grpc.Deadline;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Describes operations, and waits for their end. Any broker can do it, by its own metadata. */
final class OperationWaits {
  private static final int WAIT_MS_MAX = 60_000;
  private static final long LOOK_MS = 100;
  private static final long MARGIN_MS = 300;

  private final ControlParts parts;
  private final FactsSource source;

  OperationWaits(ControlParts parts, FactsSource source) {
    this.parts = parts;
    this.source = source;
  }

  CompletableFuture<Operation> get(GetOperationRequest request) {
    if (request.getWaitMs() < 0 || request.getWaitMs() > WAIT_MS_MAX) {
      return CompletableFuture.failedFuture(
          new BrokerException(
              Errors.invalid(
                  "wait_ms", String.valueOf(request.getWaitMs()), "must be from 0 to 60000")));
    }
    Wait wait = new Wait(request.getName(), parts.context().deadlineAfter(request.getWaitMs()));
    wait.look();
    return wait.done;
  }

  /** One call. One thread at a time. */
  private final class Wait {
    final CompletableFuture<Operation> done = new CompletableFuture<>();
    private final String name;
    private final Deadline until;
    private final @Nullable Deadline deadline = Context.current().getDeadline();

    Wait(String name, Deadline until) {
      this.name = name;
      this.until = until;
    }

    void look() {
      try {
        MetadataImage image = parts.context().image();
        OperationImage operation = Answers.valueOf(Operations.find(image, name));
        boolean late =
            deadline != null && deadline.timeRemaining(TimeUnit.MILLISECONDS) < MARGIN_MS;
        if (!operation.isRunning() || until.isExpired() || late) {
          var unused =
              source
                  .gather()
                  .whenComplete(
                      (facts, thrown) ->
                          done.complete(Operations.describe(image, facts, operation)));
          return;
        }
        var unused = parts.context().timers().schedule(this::look, LOOK_MS, TimeUnit.MILLISECONDS);
      } catch (BrokerException e) {
        done.completeExceptionally(e);
      } catch (RejectedExecutionException e) {
        done.completeExceptionally(
            new BrokerException(Errors.stopping(parts.context().brokerId())));
      }
    }
  }
}
