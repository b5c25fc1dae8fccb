// SPDX-License-Identifier: Apache-2.0
package dev.almadia.client;

import dev.almadia.codec.Codecs;
import dev.almadia.v1.Codec;
import java.time.Duration;
import java.util.regex.Pattern;

/**
 * Settings of a {@link Producer}. Immutable.
 *
 * @param batchBytes a batch is sent when it has this many bytes; 1 to 3 MiB
 * @param linger a smaller batch is sent after this time; 0 to 1 min
 * @param bufferBytes most bytes not yet acknowledged in this process; {@code send} blocks beyond
 *     it; at least batchBytes, at most 1 GiB
 * @param ackTimeout a stream on which a batch waits longer is given up; 1 ms to 1 h
 * @param deliveryTimeout a record that was not sent, or not sent again, by then fails; one that is
 *     under way fails with its stream, so after at most ackTimeout more; 1 ms to 24 h
 * @param resend at least once: batches whose outcome is unknown are sent again, and may then be in
 *     the log twice. Means nothing to an idempotent producer, which always sends again
 * @param compression how batches are compressed, by the thread that completes them;
 *     CODEC_UNSPECIFIED for not at all
 * @param listener hears what becomes of batches
 * @param direct whether batches go straight to the brokers that lead their partitions, where those
 *     can be reached, instead of through the broker in use. The producer then hashes keys itself
 * @param producerId name of an idempotent producer: 1 to 128 characters of a-z, A-Z, 0-9, dot,
 *     underscore and minus, not starting with a dot; {@code ~} for one that nobody needs to know
 *     later; empty for a producer that is not idempotent
 */
public record ProducerOptions(
    int batchBytes,
    Duration linger,
    long bufferBytes,
    Duration ackTimeout,
    Duration deliveryTimeout,
    boolean resend,
    Codec compression,
    ProducerListener listener,
    boolean direct,
    String producerId) {
  private static final int BATCH_BYTES_MAX = 3 << 20;
  private static final long BUFFER_BYTES_MAX = 1L << 30;
  private static final Pattern ID = Pattern.compile("[A-Za-z0-9_-][A-Za-z0-9._-]{0,127}");

  /** Checks the values. */
  public ProducerOptions {
    check(batchBytes >= 1 && batchBytes <= BATCH_BYTES_MAX, "batchBytes: 1 to 3 MiB");
    check(!linger.isNegative() && linger.toMillis() <= 60_000, "linger: 0 to 1 min");
    check(bufferBytes >= batchBytes && bufferBytes <= BUFFER_BYTES_MAX, "bufferBytes: to 1 GiB");
    check(ackTimeout.toMillis() >= 1 && ackTimeout.toHours() <= 1, "ackTimeout: 1 ms to 1 h");
    check(
        deliveryTimeout.toMillis() >= 1 && deliveryTimeout.toHours() <= 24,
        "deliveryTimeout: 1 ms to 24 h");
    check(
        compression == Codec.CODEC_UNSPECIFIED || Codecs.isKnown(compression),
        "compression: a codec that this version knows");
    check(
        producerId.isEmpty()
            || producerId.equals(ProducerSession.TRANSIENT)
            || ID.matcher(producerId).matches(),
        "producerId: 1 to 128 characters of a-z, A-Z, 0-9, dot, underscore and minus, not starting"
            + " with a dot");
  }

  private static void check(boolean holds, String rule) {
    if (!holds) {
      throw new IllegalArgumentException(rule);
    }
  }

  /**
   * 128 KiB batches, 5 ms linger, 32 MiB buffer, 10 s and 60 s, no compression, idempotent under a
   * transient name, straight to the leaders.
   */
  public static ProducerOptions defaults() {
    return new ProducerOptions(
        128 << 10,
        Duration.ofMillis(5),
        32 << 20,
        Duration.ofSeconds(10),
        Duration.ofSeconds(60),
        false,
        Codec.CODEC_UNSPECIFIED,
        ProducerListener.NONE,
        true,
        ProducerSession.TRANSIENT);
  }

  /** With another batch size; the buffer grows if it must. */
  public ProducerOptions withBatchBytes(int bytes) {
    return new ProducerOptions(
        bytes,
        linger,
        Math.max(bufferBytes, bytes),
        ackTimeout,
        deliveryTimeout,
        resend,
        compression,
        listener,
        direct,
        producerId);
  }

  /** With another linger. */
  public ProducerOptions withLinger(Duration duration) {
    return new ProducerOptions(
        batchBytes,
        duration,
        bufferBytes,
        ackTimeout,
        deliveryTimeout,
        resend,
        compression,
        listener,
        direct,
        producerId);
  }

  /** With another bound on unacknowledged bytes. */
  public ProducerOptions withBufferBytes(long bytes) {
    return new ProducerOptions(
        batchBytes,
        linger,
        bytes,
        ackTimeout,
        deliveryTimeout,
        resend,
        compression,
        listener,
        direct,
        producerId);
  }

  /** With other timeouts. */
  public ProducerOptions withTimeouts(Duration ack, Duration delivery) {
    return new ProducerOptions(
        batchBytes,
        linger,
        bufferBytes,
        ack,
        delivery,
        resend,
        compression,
        listener,
        direct,
        producerId);
  }

  /** With or without resending. */
  public ProducerOptions withResend(boolean on) {
    return new ProducerOptions(
        batchBytes,
        linger,
        bufferBytes,
        ackTimeout,
        deliveryTimeout,
        on,
        compression,
        listener,
        direct,
        producerId);
  }

  /** With another compression. */
  public ProducerOptions withCompression(Codec codec) {
    return new ProducerOptions(
        batchBytes,
        linger,
        bufferBytes,
        ackTimeout,
        deliveryTimeout,
        resend,
        codec,
        listener,
        direct,
        producerId);
  }

  /** With another listener. */
  public ProducerOptions withListener(ProducerListener hears) {
    return new ProducerOptions(
        batchBytes,
        linger,
        bufferBytes,
        ackTimeout,
        deliveryTimeout,
        resend,
        compression,
        hears,
        direct,
        producerId);
  }

  /** With or without going straight to the leaders. */
  public ProducerOptions withDirect(boolean on) {
    return new ProducerOptions(
        batchBytes,
        linger,
        bufferBytes,
        ackTimeout,
        deliveryTimeout,
        resend,
        compression,
        listener,
        on,
        producerId);
  }

  /** Whether each record is in the log once, however often it had to be sent. */
  public boolean isIdempotent() {
    return !producerId.isEmpty();
  }

  /**
   * Idempotent, with a name of the caller's choice, which no other running producer of the topic
   * has: the one that is opened last ends the others. The producer goes on where its name stood
   * ({@link Producer#positions}), and ends with the first record that fails.
   */
  public ProducerOptions withProducerId(String id) {
    check(!id.isEmpty() && !id.equals(ProducerSession.TRANSIENT), "producerId: a name");
    return withId(id);
  }

  /** Idempotent, under a name that the producer makes for itself and that nobody knows later. */
  public ProducerOptions withTransientProducerId() {
    return withId(ProducerSession.TRANSIENT);
  }

  /**
   * Not idempotent: what had no answer fails, or with {@code resend} may be in the log twice. Keys
   * are hashed by the broker in use, unless {@code direct} is set again.
   */
  public ProducerOptions withoutIdempotence() {
    return withId("").withDirect(false);
  }

  private ProducerOptions withId(String id) {
    return new ProducerOptions(
        batchBytes,
        linger,
        bufferBytes,
        ackTimeout,
        deliveryTimeout,
        resend,
        compression,
        listener,
        direct,
        id);
  }
}
