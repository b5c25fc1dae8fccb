// SPDX-License-Identifier: Apache-2.0
package dev.almadia.cli;

import dev.almadia.client.Acknowledged;
import dev.almadia.client.AlmadiaException;
import dev.almadia.client.Outcome;
import java.io.IOException;
import java.io.Writer;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** Counts what became of records, and writes down each acknowledgement if asked to. Any thread. */
final class DeliveryTally {
  private final AtomicLong acknowledged = new AtomicLong();
  private final AtomicLong notApplied = new AtomicLong();
  private final AtomicLong unknown = new AtomicLong();
  private final AtomicReference<AlmadiaException> firstFailure = new AtomicReference<>();
  private final AtomicReference<IOException> writeFailure = new AtomicReference<>();
  private final @Nullable Writer acks;

  DeliveryTally(@Nullable Writer acks) {
    this.acks = acks;
  }

  /** Notes the end of one record; exactly one of ack and error is null. */
  void done(@Nullable Acknowledged ack, @Nullable Throwable error, long lineNumber) {
    if (ack != null) {
      write(ack, lineNumber);
      acknowledged.incrementAndGet();
      return;
    }
    if (error instanceof AlmadiaException failure) {
      firstFailure.compareAndSet(null, failure);
      if (failure.outcome() == Outcome.NOT_APPLIED) {
        notApplied.incrementAndGet();
        return;
      }
    }
    unknown.incrementAndGet();
  }

  private void write(Acknowledged ack, long lineNumber) {
    if (acks == null) {
      return;
    }
    try {
      synchronized (acks) {
        acks.write(ack.partition() + " " + ack.offset() + " " + lineNumber + "\n");
      }
    } catch (IOException e) {
      writeFailure.compareAndSet(null, e);
    }
  }

  /**
   * Makes the acknowledgements written so far visible to other processes.
   *
   * @throws CliException if they could not be written
   */
  void flushAcks() {
    IOException failed = writeFailure.get();
    try {
      if (acks != null) {
        synchronized (acks) {
          acks.flush();
        }
      }
    } catch (IOException e) {
      failed = e;
    }
    if (failed != null) {
      throw new CliException(ExitCode.FAILED, "--acks: " + failed.getMessage());
    }
  }

  long acknowledged() {
    return acknowledged.get();
  }

  long notApplied() {
    return notApplied.get();
  }

  long unknown() {
    return unknown.get();
  }

  long all() {
    return acknowledged() + notApplied() + unknown();
  }

  @Nullable AlmadiaException firstFailure() {
    return firstFailure.get();
  }

  /** A failure after which no further record can succeed, if there was one. */
  boolean isHopeless() {
    AlmadiaException failure = firstFailure.get();
    return failure != null
        && switch (failure.code()) {
          case NOT_FOUND, UNIMPLEMENTED, UNAUTHENTICATED, PERMISSION_DENIED -> true;
          default -> false;
        };
  }

  /** Exit code for a command that wanted all records acknowledged. */
  int exitCode() {
    if (unknown() > 0) {
      return ExitCode.OUTCOME_UNKNOWN;
    }
    if (notApplied() == 0) {
      return ExitCode.OK;
    }
    AlmadiaException failure = firstFailure.get();
    if (acknowledged() > 0) {
      return ExitCode.PARTLY_DONE;
    }
    return failure == null ? ExitCode.FAILED : Errors.exitCode(failure);
  }
}
