// SPDX-License-Identifier: Apache-2.0
package dev.almadia.history;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.function.UnaryOperator;

/**
 * Takes down what clients do. Any thread; the order of the history is the order of {@link #begin}.
 *
 * <pre>{@code
 * var sent = recorder.begin(2, 20, call -> Produce.begun(call, partition, values, Sending.ONCE));
 * ...
 * sent.complete(produce -> produce.applied(17));
 * }</pre>
 */
public final class Recorder {
  private final LongSupplier clockNanos;
  private final List<Operation> operations = new ArrayList<>();

  /**
   * An empty recorder.
   *
   * @param clockNanos the one clock of the history; never goes back
   */
  public Recorder(LongSupplier clockNanos) {
    this.clockNanos = clockNanos;
  }

  /** An operation that has begun. */
  public final class Begun<T extends Operation> {
    private final int index;
    private final T begun;

    private Begun(int index, T begun) {
      this.index = index;
      this.begun = begun;
    }

    /**
     * Notes the answer, now. The change gets the operation as it began.
     *
     * @throws IllegalStateException if it was completed before
     */
    public void complete(UnaryOperator<T> change) {
      Operation done = change.apply(begun);
      synchronized (operations) {
        if (operations.get(index).call().completed()) {
          throw new IllegalStateException(begun.call() + " completes twice.");
        }
        operations.set(index, done.with(begun.call().completedAt(clockNanos.getAsLong())));
      }
    }
  }

  /**
   * Notes that a client begins something, now.
   *
   * @param client number of the client
   * @param session its incarnation or stream
   * @param operation the operation as it begins, given its call
   */
  public <T extends Operation> Begun<T> begin(
      int client, long session, Function<Call, T> operation) {
    synchronized (operations) {
      int index = operations.size();
      Call call = new Call(index, client, session, clockNanos.getAsLong(), Call.NEVER);
      T begun = operation.apply(call);
      operations.add(begun);
      return new Begun<>(index, begun);
    }
  }

  /** All so far; what is open now stays open in it. */
  public History history() {
    synchronized (operations) {
      return new History(operations);
    }
  }
}
