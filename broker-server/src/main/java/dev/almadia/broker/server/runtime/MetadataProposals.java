// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.server.runtime;

import dev.almadia.broker.core.BrokerError;
import dev.almadia.broker.core.Errors;
import dev.almadia.broker.core.metadata.MetadataImage;
import dev.almadia.broker.core.metadata.MetadataResult;
import dev.almadia.broker.core.metadata.MetadataStateMachine;
import dev.almadia.broker.server.BrokerException;
import dev.almadia.internal.v1.MetadataCommand;
import dev.almadia.raft.core.EntryDraft;
import dev.almadia.raft.core.EntryKind;
import dev.almadia.raft.shard.Proposal;
import dev.almadia.raft.shard.ProposalFailure;
import dev.almadia.raft.shard.RaftGroups;
import dev.almadia.raft.shard.StateMachine;
import dev.almadia.v1.ErrorReason;
import java.util.concurrent.CompletableFuture;

/** Proposes metadata commands on the leader of group 0. Any thread. */
final class MetadataProposals {
  private static final int OVERHEAD_BYTES = 64;

  private final int self;
  private final RaftGroups groups;
  private final MetadataStateMachine machine;

  MetadataProposals(int self, RaftGroups groups, MetadataStateMachine machine) {
    this.self = self;
    this.groups = groups;
    this.machine = machine;
  }

  /** Completes on the shard thread, when the command is applied here. */
  CompletableFuture<MetadataResult> propose(MetadataCommand command) {
    CompletableFuture<MetadataResult> result = new CompletableFuture<>();
    byte[] payload = command.toByteArray();
    groups.propose(
        MetadataImage.METADATA_GROUP,
        new Proposal() {
          @Override
          public int costBytes() {
            return payload.length + OVERHEAD_BYTES;
          }

          @Override
          public EntryDraft draft(Place place, StateMachine unused) {
            return new EntryDraft(
                EntryKind.DATA, place.nextOffset(), place.lastMaxTimestampMs(), payload);
          }

          @Override
          public void onCommitted(long index, long term) {
            result.complete(machine.resultOf(index));
          }

          @Override
          public void onFailed(ProposalFailure failure) {
            result.completeExceptionally(new BrokerException(errorOf(failure)));
          }
        });
    return result;
  }

  private BrokerError errorOf(ProposalFailure failure) {
    return switch (failure) {
      case NOT_LEADER, NOT_READY, NO_SUCH_GROUP -> Errors.noLeader("(metadata)", 0);
      case OVERLOADED -> Errors.throttled("metadata queue", 0);
      case STOPPING -> Errors.stopping(self);
      case OUTCOME_UNKNOWN ->
          BrokerError.of(
              ErrorReason.ERROR_REASON_OUTCOME_UNKNOWN,
              "The metadata leader lost its lead; the change may have been made: look first",
              "topic",
              "(metadata)");
    };
  }
}
