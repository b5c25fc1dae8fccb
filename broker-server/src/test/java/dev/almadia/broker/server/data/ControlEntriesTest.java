// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.server.data;

import static org.assertj.core.api.Assertions.assertThat;

import dev.almadia.broker.core.producer.Opening;
import dev.almadia.raft.core.EntryDraft;
import dev.almadia.raft.core.EntryKind;
import dev.almadia.raft.shard.Proposal;
import dev.almadia.raft.shard.ProposalFailure;
import dev.almadia.raft.shard.StateMachine;
import dev.almadia.v1.ConsumerServiceGrpc;
import dev.almadia.v1.FetchRequest;
import dev.almadia.v1.FetchResponse;
import dev.almadia.v1.Position;
import dev.almadia.v1.ProduceRequest;
import dev.almadia.v1.ProducerServiceGrpc;
import dev.almadia.v1.Record;
import dev.almadia.v1.RecordBatch;
import dev.almadia.v1.RecordSet;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Entries between the records that are none: readers pass them without a word. */
class ControlEntriesTest {
  private static final int ROUNDS = 6;

  @Test
  void readersSkipWhatHoldsNoRecords(@TempDir Path directory) throws Exception {
    try (LiveCluster cluster = new LiveCluster(directory, 3, DataLimits.DEFAULT)) {
      cluster.createTopic("control", 1);
      for (int i = 0; i < ROUNDS; i++) {
        control(cluster);
        produce(cluster, i);
      }
      control(cluster);

      for (int broker = 1; broker <= 3; broker++) {
        for (int offset = 0; offset < ROUNDS; offset++) {
          FetchResponse byOffset =
              fetch(cluster, broker, Position.newBuilder().setOffset(offset), 1);
          assertThat(DataServicesTest.values(byOffset)).containsExactly("v" + offset);
          assertThat(byOffset.getNextOffset()).isEqualTo(offset + 1);
          FetchResponse byTime =
              fetch(
                  cluster, broker, Position.newBuilder().setTimestampMs(timestampMs(offset)), 100);
          assertThat(DataServicesTest.values(byTime))
              .hasSize(ROUNDS - offset)
              .startsWith("v" + offset);
          assertThat(byTime.getNextOffset()).isEqualTo(ROUNDS);
          assertThat(byTime.getHighWatermark()).isEqualTo(ROUNDS);
        }
      }
    }
  }

  private static long timestampMs(int round) {
    return 1000 + 10L * round;
  }

  private static void produce(LiveCluster cluster, int round) {
    Record record =
        Record.newBuilder()
            .setTimestampMs(timestampMs(round))
            .setValue(DataServicesTest.utf8("v" + round))
            .build();
    var response =
        ProducerServiceGrpc.newBlockingStub(cluster.channelTo(1))
            .produce(
                ProduceRequest.newBuilder()
                    .setTopic("control")
                    .setPartition(0)
                    .setBatch(
                        RecordBatch.newBuilder()
                            .setRecords(RecordSet.newBuilder().addRecords(record)))
                    .build());
    assertThat(response.getResults(0).getFirstOffset()).isEqualTo(round);
  }

  private static void control(LiveCluster cluster) throws Exception {
    CompletableFuture<Long> committed = new CompletableFuture<>();
    cluster
        .leaderOf("control", 0)
        .groups()
        .propose(cluster.groupOf("control", 0), new ControlProposal(committed));
    assertThat(committed.get(20, TimeUnit.SECONDS)).isPositive();
  }

  private static FetchResponse fetch(
      LiveCluster cluster, int broker, Position.Builder position, int recordsMax) {
    return ConsumerServiceGrpc.newBlockingStub(cluster.channelTo(broker))
        .fetch(
            FetchRequest.newBuilder()
                .setTopic("control")
                .setPosition(position)
                .setMaxRecords(recordsMax)
                .build());
  }

  private record ControlProposal(CompletableFuture<Long> committed) implements Proposal {
    @Override
    public int costBytes() {
      return 64;
    }

    @Override
    public EntryDraft draft(Place place, StateMachine machine) {
      return new EntryDraft(
          EntryKind.CONTROL,
          place.nextOffset(),
          place.lastMaxTimestampMs(),
          new Opening("p", 1, 1).encode());
    }

    @Override
    public void onCommitted(long index, long term) {
      committed.complete(index);
    }

    @Override
    public void onFailed(ProposalFailure failure) {
      committed.completeExceptionally(new IllegalStateException(failure.toString()));
    }
  }
}
