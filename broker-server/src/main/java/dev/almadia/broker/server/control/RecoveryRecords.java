// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.server.control;

import dev.almadia.broker.core.metadata.MetadataImage;
import dev.almadia.broker.core.topics.Decision;
import dev.almadia.internal.v1.BrokerServiceGrpc;
import dev.almadia.internal.v1.MetadataCommand;
import dev.almadia.internal.v1.NoteForced;
import dev.almadia.internal.v1.RecordRecoveryRequest;
import dev.almadia.internal.v1.RecordRecoveryResponse;
import dev.almadia.internal.v1.StartRecovery;
import java.util.concurrent.CompletableFuture;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Writes down in the metadata what is forced, through whoever leads them. Any thread. */
final class RecoveryRecords {
  private static final Logger LOG = LoggerFactory.getLogger(RecoveryRecords.class);

  private final ControlParts parts;
  private final MetadataChanges changes;

  RecoveryRecords(ControlParts parts) {
    this.parts = parts;
    this.changes = new MetadataChanges(parts);
  }

  /** Begins; gives the operation's id when this broker's metadata show it. */
  CompletableFuture<Long> begin(StartRecovery start) {
    return record(RecordRecoveryRequest.newBuilder().setStart(start).build())
        .thenApply(RecordRecoveryResponse::getOperationId);
  }

  /** Adds a note; if it cannot be added the log of this broker has it. */
  void note(NoteForced note) {
    LOG.warn("unsafe: {}", note.getMessage());
    var unused =
        record(RecordRecoveryRequest.newBuilder().setNote(note).build())
            .whenComplete(
                (answer, thrown) -> {
                  if (thrown != null) {
                    LOG.warn("unsafe: not noted in the metadata", thrown);
                  }
                });
  }

  /** The same, as another broker asked for it. */
  CompletableFuture<RecordRecoveryResponse> record(RecordRecoveryRequest request) {
    return changes.start(
        new MetadataChange<>(
            BrokerServiceGrpc.getRecordRecoveryMethod(),
            request,
            image -> Decision.accept(command(request)),
            false,
            false,
            (image, command) ->
                RecordRecoveryResponse.newBuilder()
                    .setOperationId(command.hasStartRecovery() ? image.revision() : 0)
                    .build(),
            (image, answer) -> shows(image, answer.getOperationId())));
  }

  private MetadataCommand command(RecordRecoveryRequest request) {
    MetadataCommand.Builder command =
        MetadataCommand.newBuilder().setTimeMs(parts.context().wallMillis());
    return request.hasStart()
        ? command.setStartRecovery(request.getStart()).build()
        : command.setNoteForced(request.getNote()).build();
  }

  private static boolean shows(MetadataImage image, long operationId) {
    return operationId == 0 || image.revision() >= operationId;
  }
}
