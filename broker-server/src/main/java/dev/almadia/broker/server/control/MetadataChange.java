// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.server.control;

import dev.almadia.broker.core.metadata.MetadataImage;
import dev.almadia.broker.core.topics.Decision;
import dev.almadia.internal.v1.MetadataCommand;
import io.grpc.MethodDescriptor;
import java.util.function.BiPredicate;
import java.util.function.Function;

/**
 * A call that changes metadata, as {@link MetadataChanges} carries it out.
 *
 * @param method the call's method, for forwarding
 * @param request the call's request, for forwarding
 * @param command checks the request against the leader's newest image and makes the command
 * @param validateOnly whether to stop after the check
 * @param remakeOnRace whether to check and propose again when the image changed in between
 * @param answer the answer, from the image with the change in it (or without, if validateOnly, in
 *     which case the command says what it would have been)
 * @param isVisible whether an image shows what an answer says
 * @param <Q> request
 * @param <R> answer
 */
record MetadataChange<Q, R>(
    MethodDescriptor<Q, R> method,
    Q request,
    Function<MetadataImage, Decision<MetadataCommand>> command,
    boolean validateOnly,
    boolean remakeOnRace,
    Answer<R> answer,
    BiPredicate<MetadataImage, R> isVisible) {
  /** Makes the answer. */
  @FunctionalInterface
  interface Answer<R> {
    R of(MetadataImage image, MetadataCommand command);
  }
}
