// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.server.control;

import dev.almadia.broker.server.BrokerContext;
import dev.almadia.broker.server.grpc.Forwarder;
import dev.almadia.internal.v1.BrokerServiceGrpc;
import dev.almadia.internal.v1.GetBrokerStatusRequest;
import dev.almadia.internal.v1.GetBrokerStatusResponse;
import dev.almadia.raft.store.StoreSpace;
import java.util.Collections;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;

/** What each broker says of its disk. Any thread; nothing blocks. */
final class BrokerStatuses {
  /** A list of brokers must not hang because one of them does. */
  private static final long CALL_MS = 500;

  private final ControlParts parts;

  BrokerStatuses(ControlParts parts) {
    this.parts = parts;
  }

  /** What this broker says of itself. */
  GetBrokerStatusResponse here() {
    StoreSpace space = parts.disk().space();
    return GetBrokerStatusResponse.newBuilder()
        .setFreeBytes(space.freeBytes())
        .setDiskBytes(space.deviceBytes())
        .setLogBytes(space.logBytes())
        .build();
  }

  /** By broker; one that did not answer is not in it. Never fails. */
  CompletableFuture<NavigableMap<Integer, GetBrokerStatusResponse>> ask() {
    BrokerContext context = parts.context();
    NavigableMap<Integer, GetBrokerStatusResponse> answers = new TreeMap<>();
    answers.put(context.brokerId(), here());
    CompletableFuture<?>[] calls =
        context.image().brokers().keySet().stream()
            .filter(broker -> broker != context.brokerId() && context.isReachable(broker))
            .map(
                broker ->
                    parts
                        .forwarder()
                        .unary(
                            Forwarder.Destination.of(broker),
                            BrokerServiceGrpc.getGetBrokerStatusMethod(),
                            GetBrokerStatusRequest.getDefaultInstance(),
                            Forwarder.Effect.READ,
                            context.deadlineAfter(CALL_MS))
                        .handle(
                            (answer, thrown) -> {
                              if (thrown == null) {
                                synchronized (answers) {
                                  answers.put(broker, answer);
                                }
                              }
                              return null;
                            }))
            .toArray(CompletableFuture<?>[]::new);
    return CompletableFuture.allOf(calls)
        .thenApply(
            done -> {
              synchronized (answers) {
                return Collections.unmodifiableNavigableMap(answers);
              }
            });
  }
}
