// SPDX-License-Identifier: Apache-2.0
package dev.almadia.client;

import com.google.protobuf.ByteString;
import dev.almadia.internal.v1.OpaqueFetchResponse;
import dev.almadia.v1.FetchRequest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Reads one stretch at a time with {@code Fetch}. Any thread. */
public final class Reader {
  private static final int WAIT_MS_MAX = 30_000;

  private final Calls calls;
  private final Duration timeout;

  Reader(Calls calls, Duration timeout) {
    this.calls = calls;
    this.timeout = timeout;
  }

  /**
   * What a fetch brought.
   *
   * @param records in order; may be empty
   * @param nextOffset where to read on
   * @param highWatermark end of what is readable (exclusive)
   * @param logStartOffset first offset that is kept
   */
  public record Fetched(
      List<ReadRecord> records, long nextOffset, long highWatermark, long logStartOffset) {}

  /**
   * Fetches once; compressed batches are inflated, whatever the request accepts. Blocks for the
   * request's wait plus at most the client's timeout.
   *
   * @throws AlmadiaException if it failed
   */
  public Fetched fetch(FetchRequest request) {
    Duration waiting = Duration.ofMillis(Math.min(WAIT_MS_MAX, request.getMaxWaitMs()));
    Duration deadline = timeout.plus(waiting);
    OpaqueFetchResponse answer =
        calls.read(
            Methods.FETCH,
            request.toBuilder().clearAcceptCodecs().addAllAcceptCodecs(Batches.ACCEPTED).build(),
            deadline,
            deadline);
    long fromOffset = request.getPosition().hasOffset() ? request.getPosition().getOffset() : 0;
    List<ReadRecord> records = new ArrayList<>();
    for (ByteString batch : answer.getBatchesList()) {
      Batches.unpack(request.getPartition(), batch, fromOffset, Stretch.NO_END, records);
    }
    return new Fetched(
        List.copyOf(records),
        answer.getNextOffset(),
        answer.getHighWatermark(),
        answer.getLogStartOffset());
  }
}
