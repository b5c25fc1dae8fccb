// SPDX-License-Identifier: Apache-2.0
package dev.almadia.simulation.workload;

import dev.almadia.history.FinalRead;
import dev.almadia.history.PartitionId;
import dev.almadia.history.Recorder;
import dev.almadia.history.Resolve;
import dev.almadia.history.Seen;
import dev.almadia.v1.ConsumerServiceGrpc;
import dev.almadia.v1.Earliest;
import dev.almadia.v1.FetchRequest;
import dev.almadia.v1.FetchResponse;
import dev.almadia.v1.Latest;
import dev.almadia.v1.Position;
import dev.almadia.v1.ResolveOffsetsRequest;
import dev.almadia.v1.ResolveOffsetsResponse;
import dev.almadia.v1.ResolvedOffset;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/**
 * After healing: asks each partition for its linearizable end and reads all of it, one partition
 * after the other. What fails is tried again until it is done.
 */
final class FinalReads {
  private static final long DEADLINE_MILLIS = 5_000;
  private static final long PAUSE_MILLIS = 100;

  private final Caller caller;
  private final List<Integer> brokers;
  private final long session;
  private final Deque<PartitionId> waiting = new ArrayDeque<>();
  private boolean done;
  private String lastProblem = "nothing was tried";

  /**
   * Final reads.
   *
   * @param brokers the healthy ones
   */
  FinalReads(Caller caller, List<Integer> brokers) {
    this.caller = caller;
    this.brokers = List.copyOf(brokers);
    this.session = caller.world().newSession();
  }

  void start(List<KnownTopic> topics) {
    for (KnownTopic topic : topics) {
      for (int number = 0; number < topic.partitions(); number++) {
        waiting.add(topic.partition(number));
      }
    }
    next();
  }

  boolean isDone() {
    return done;
  }

  /** What kept it from being done. */
  String lastProblem() {
    return lastProblem;
  }

  private void next() {
    PartitionId partition = waiting.poll();
    if (partition == null) {
      done = true;
    } else {
      new Reading(partition).begin();
    }
  }

  private Caller.Ask ask(String method) {
    return new Caller.Ask(method, caller.random().pick(brokers), DEADLINE_MILLIS, false);
  }

  /** One partition. */
  private final class Reading {
    private final PartitionId partition;
    private final List<Seen> records = new ArrayList<>();
    private final Recorder.Begun<FinalRead> begun;
    private long logStartOffset;
    private long endOffset;
    private long nextOffset = -1;

    private Reading(PartitionId partition) {
      this.partition = partition;
      this.begun =
          caller
              .world()
              .recorder()
              .begin(caller.client(), session, call -> FinalRead.begun(call, partition));
    }

    private void begin() {
      Recorder.Begun<Resolve> resolve =
          caller
              .world()
              .recorder()
              .begin(
                  caller.client(),
                  session,
                  call -> Resolve.begun(call, partition, Resolve.Question.LATEST));
      ResolveOffsetsRequest request =
          ResolveOffsetsRequest.newBuilder()
              .setTopic(partition.topic())
              .addPartitions(partition.partition())
              .setPosition(Position.newBuilder().setLatest(Latest.getDefaultInstance()))
              .build();
      caller.<ConsumerServiceGrpc.ConsumerServiceStub, ResolveOffsetsResponse>call(
          ask("final ResolveOffsets"),
          ConsumerServiceGrpc::newStub,
          (stub, out) -> stub.resolveOffsets(request, out),
          response -> resolved(resolve, response.getOffsets(0)),
          problem -> {
            resolve.complete(question -> question);
            again(problem, this::begin);
          });
    }

    private void resolved(Recorder.Begun<Resolve> resolve, ResolvedOffset offset) {
      if (offset.hasFailure()) {
        resolve.complete(question -> question);
        again(Problem.ofPart(offset.getFailure()), this::begin);
        return;
      }
      resolve.complete(question -> question.answered(offset.getOffset()));
      endOffset = offset.getOffset();
      read();
    }

    private void read() {
      Position.Builder position = Position.newBuilder();
      if (nextOffset < 0) {
        position.setEarliest(Earliest.getDefaultInstance());
      } else {
        position.setOffset(nextOffset);
      }
      FetchRequest request =
          FetchRequest.newBuilder()
              .setTopic(partition.topic())
              .setPartition(partition.partition())
              .setPosition(position)
              .build();
      caller.<ConsumerServiceGrpc.ConsumerServiceStub, FetchResponse>call(
          ask("final Fetch"),
          ConsumerServiceGrpc::newStub,
          (stub, out) -> stub.fetch(request, out),
          this::fetched,
          problem -> {
            if (problem.is("OFFSET_OUT_OF_RANGE")) {
              // The log was cut meanwhile.
              nextOffset = -1;
              records.clear();
            }
            again(problem, this::read);
          });
    }

    private void fetched(FetchResponse response) {
      if (nextOffset < 0) {
        logStartOffset = response.getLogStartOffset();
        nextOffset = logStartOffset;
      }
      for (Seen record : Records.seen(response.getBatchesList(), nextOffset)) {
        if (record.offset() < endOffset) {
          records.add(record);
        }
      }
      boolean more = response.getNextOffset() > nextOffset;
      nextOffset = response.getNextOffset();
      if (nextOffset < endOffset && more) {
        read();
      } else {
        // If it stops short of the end the checkers say what is missing.
        begun.complete(read -> read.answered(logStartOffset, endOffset, records));
        caller.world().counts().addRead("final read", true);
        next();
      }
    }

    private void again(Problem problem, Runnable step) {
      lastProblem = partition + ": " + problem;
      caller.process().afterMillis(caller.random().between(1, PAUSE_MILLIS), step);
    }
  }
}
