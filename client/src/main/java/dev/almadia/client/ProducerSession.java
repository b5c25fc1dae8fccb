// SPDX-License-Identifier: Apache-2.0
package dev.almadia.client;

import dev.almadia.internal.v1.OpaqueProduceStreamOpen;
import dev.almadia.v1.ErrorReason;
import dev.almadia.v1.Failure;
import dev.almadia.v1.OpenProducerRequest;
import dev.almadia.v1.OpenProducerResponse;
import dev.almadia.v1.ProducerPosition;
import io.grpc.Status;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Who an idempotent producer is to the brokers, and how it numbers its batches. Under the
 * producer's lock; no clock, chance, I/O or threads.
 *
 * <p>The producer names the partition of each batch, and numbers the records of each partition by
 * themselves, without gaps. That way a resend keeps its partition whatever becomes of the topic's
 * other partitions, leaders can be spoken to directly, and each leader can check the numbers alone.
 * A batch gets its numbers when it is sent for the first time, and keeps them.
 *
 * <pre>
 *   NEW      nothing is sent
 *    | begin
 *   OPENING  the epoch is being raised       -- refused, or no answer --> NEW
 *    | opened
 *   OPEN     streams attach to the epoch     -- the numbers do not go on --> NEW
 *   ENDED    from everywhere: nothing is sent any more
 * </pre>
 *
 * <p>The numbers do not go on when a batch that has some is given up: the brokers would refuse all
 * behind it as a gap. What follows depends on the name:
 *
 * <ul>
 *   <li>A name that the caller chose: the producer ends. So what is in each partition is always the
 *       beginning of what was given to it, and who opens the producer next can go on from the
 *       position that the broker tells.
 *   <li>A transient name, which nobody else has: the producer is opened again. That ends everything
 *       that is still under way, and tells what is there; what is not gets new numbers.
 * </ul>
 */
final class ProducerSession {
  /** What the name of a transient producer begins with. */
  static final String TRANSIENT = "~";

  private static final Set<String> ENDING =
      Set.of(
          Reasons.name(ErrorReason.ERROR_REASON_PRODUCER_FENCED),
          Reasons.name(ErrorReason.ERROR_REASON_UNKNOWN_PRODUCER_EPOCH),
          Reasons.name(ErrorReason.ERROR_REASON_PRODUCER_NUMBERING_MIXED));
  private static final Set<String> ABOUT_NUMBERS =
      Set.of(
          Reasons.name(ErrorReason.ERROR_REASON_SEQUENCE_GAP),
          Reasons.name(ErrorReason.ERROR_REASON_SEQUENCE_REGRESSED));

  private enum State {
    NEW,
    OPENING,
    OPEN,
    ENDED
  }

  private final String topic;
  private final @Nullable Supplier<String> names;
  private State state = State.NEW;
  private String id;
  private long epoch;
  private long topicId;
  private List<ProducerPosition> positions = List.of();

  /** Sequence of the next record of each partition. */
  private long[] next = new long[0];

  private boolean wasOpen;
  private boolean interrupts;
  private int failuresInRow;

  /** Openings without an answer, which may yet come and raise the epoch above ours. */
  private int openingsInDoubt;

  private @Nullable AlmadiaException lastFailure;
  private @Nullable AlmadiaException end;

  private ProducerSession(String topic, String id, @Nullable Supplier<String> names) {
    this.topic = topic;
    this.id = id;
    this.names = names;
  }

  /** A producer with a name that the caller chose. */
  static ProducerSession named(String topic, String id) {
    return new ProducerSession(topic, id, null);
  }

  /**
   * A producer that nobody needs to know later.
   *
   * @param names gives names that nobody else has, without the prefix
   */
  static ProducerSession ofNobody(String topic, Supplier<String> names) {
    return new ProducerSession(topic, TRANSIENT + names.get(), names);
  }

  private void become(State to) {
    if (state == State.ENDED) {
      throw new IllegalStateException("an ended producer cannot become " + to);
    }
    interrupts |= state == State.OPEN;
    state = to;
  }

  /** Its name at present. */
  String id() {
    return id;
  }

  /** Whether it must be opened before anything else. */
  boolean isNew() {
    return state == State.NEW;
  }

  /** Whether batches may be sent. */
  boolean isOpen() {
    return state == State.OPEN;
  }

  /** Why nothing is sent any more; null while it is. */
  @Nullable AlmadiaException end() {
    return end;
  }

  /**
   * Whether all streams must be ended now, and what was sent be taken back. True once for each time
   * that it ceased to be open.
   */
  boolean takeInterrupt() {
    boolean taken = interrupts;
    interrupts = false;
    return taken;
  }

  /** Tries that failed since something succeeded, and the last failure: how long to pause. */
  int failuresInRow() {
    return failuresInRow;
  }

  /** The last of those; null if there is none. */
  @Nullable AlmadiaException lastFailure() {
    return lastFailure;
  }

  /** Where each partition stood at the first opening, ascending; empty before. */
  List<ProducerPosition> positions() {
    return positions;
  }

  /** Number of partitions of the topic; 0 before the first opening. */
  int partitions() {
    return next.length;
  }

  /** Opens it; {@link #opened} or {@link #refused} is next. */
  OpenProducerRequest begin() {
    become(State.OPENING);
    return OpenProducerRequest.newBuilder().setTopic(topic).setProducerId(id).build();
  }

  /** It was opened. */
  void opened(OpenProducerResponse answer) {
    if (wasOpen && answer.getTopicId() != topicId) {
      finish(ProducerErrors.otherTopic(topic));
      return;
    }
    long[] after = new long[answer.getPositionsCount()];
    for (int partition = 0; partition < after.length; partition++) {
      ProducerPosition position = answer.getPositions(partition);
      if (position.getPartition() != partition || position.getLastSequence() < 0) {
        finish(ProducerErrors.badAnswer("positions that are none"));
        return;
      }
      after[partition] = position.getLastSequence() + 1;
    }
    if (after.length == 0 || answer.getProducerEpoch() < 1) {
      finish(ProducerErrors.badAnswer("no position, or no epoch"));
      return;
    }
    if (!wasOpen) {
      positions = List.copyOf(answer.getPositionsList());
    }
    wasOpen = true;
    epoch = answer.getProducerEpoch();
    topicId = answer.getTopicId();
    next = after;
    become(State.OPEN);
  }

  /**
   * It could not be opened.
   *
   * @param mayAskNext whether another broker may know better
   * @return whether another try may help; if not, what waits for it must fail
   */
  boolean refused(AlmadiaException failure, boolean mayAskNext) {
    failed(failure);
    // Whoever has a name that nobody else has was in its own way.
    boolean mayPass = failure.isTransient() || mayAskNext || (names != null && isFencing(failure));
    if (failure.outcome() == Outcome.UNKNOWN) {
      if (names != null && !wasOpen) {
        // The lost call may come late: let it open a producer that nobody is.
        id = TRANSIENT + names.get();
      } else {
        openingsInDoubt++;
      }
    }
    if (names == null && !mayPass) {
      finish(failure);
    } else {
      become(State.NEW);
    }
    return mayPass;
  }

  private static boolean isFencing(AlmadiaException failure) {
    return failure.reason().equals(Reasons.name(ErrorReason.ERROR_REASON_PRODUCER_FENCED));
  }

  private void failed(AlmadiaException failure) {
    failuresInRow++;
    lastFailure = failure;
  }

  /** What a stream says first. */
  OpaqueProduceStreamOpen.Builder attach() {
    return OpaqueProduceStreamOpen.newBuilder().setProducerId(id).setProducerEpoch(epoch);
  }

  /** A stream is open, and told which topic it is for. */
  void attached(long attachedTopicId) {
    if (state == State.OPEN && attachedTopicId != topicId) {
      finish(ProducerErrors.otherTopic(topic));
    }
  }

  /** Why a batch cannot be sent whatever happens; null if it can. */
  @Nullable AlmadiaException misfit(PendingBatch batch) {
    int partition = partitionOf(batch);
    if (batch.unsettled) {
      return ProducerErrors.forgotten(topic, partition);
    }
    if (partition >= 0 && partition < next.length) {
      return null;
    }
    Failure failure =
        Failure.newBuilder()
            .setCode(Status.Code.NOT_FOUND.value())
            .setReason(Reasons.name(ErrorReason.ERROR_REASON_PARTITION_NOT_FOUND))
            .setMessage(
                "Topic '" + topic + "' has no partition " + partition + "; it has " + next.length)
            .putAllMetadata(
                Map.of(
                    "topic", topic,
                    "partition", String.valueOf(partition),
                    "partitions", String.valueOf(next.length)))
            .build();
    return AlmadiaException.ofPart(failure, Outcome.NOT_APPLIED, "ProduceStream", "");
  }

  private static int partitionOf(PendingBatch batch) {
    Integer partition = batch.partition;
    if (partition == null) {
      throw new IllegalStateException("an idempotent producer names the partition");
    }
    return partition;
  }

  /** Gives a batch that is about to be sent its numbers, unless it has them. */
  void number(PendingBatch batch) {
    if (batch.firstSequence == 0) {
      int partition = partitionOf(batch);
      batch.firstSequence = next[partition];
      next[partition] += batch.count();
    }
  }

  /**
   * Settles a batch that was sent before the producer was opened again: what is in the log keeps
   * its numbers, and is sent once more to hear where it is. What is not can never get there any
   * more, because its epoch is over, and is numbered anew. To be called before anything is sent.
   *
   * <p>A partition that knows no record of a transient producer may have known some, and have
   * forgotten it since for newer ones. What may be there is left alone then.
   */
  void renumber(PendingBatch batch) {
    long after = next[partitionOf(batch)];
    if (batch.firstSequence < after) {
      return;
    }
    if (names != null && after == 1 && batch.maybeApplied) {
      batch.unsettled = true;
    } else {
      batch.firstSequence = 0;
      batch.maybeApplied = false;
    }
  }

  /** Something was acknowledged. */
  void acknowledged() {
    failuresInRow = 0;
    lastFailure = null;
  }

  /**
   * Records failed.
   *
   * @param areNumbered whether they had numbers
   */
  void gaveUp(boolean areNumbered, AlmadiaException failure) {
    if (state == State.ENDED) {
      return;
    }
    if (names == null) {
      finish(failure);
    } else if (state == State.OPEN && areNumbered) {
      become(State.NEW);
    }
  }

  /** Whether a refusal is about the numbers of a batch, and so not about the batch. */
  boolean isAboutNumbers(AlmadiaException failure) {
    return names != null && ABOUT_NUMBERS.contains(failure.reason());
  }

  /** A stream failed. */
  void streamFailed(AlmadiaException failure) {
    if (state != State.OPEN) {
      return;
    }
    if (isFencing(failure) && names != null && openingsInDoubt > 0) {
      // Nobody else has the name: it was an opening of ours that came late.
      openingsInDoubt--;
      failed(failure);
      become(State.NEW);
    } else if (ENDING.contains(failure.reason())) {
      finish(failure);
    } else if (isAboutNumbers(failure)) {
      failed(failure);
      become(State.NEW);
    }
  }

  private void finish(AlmadiaException failure) {
    become(State.ENDED);
    end = failure;
  }
}
