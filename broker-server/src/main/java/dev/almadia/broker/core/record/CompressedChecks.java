// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.core.record;

import dev.almadia.broker.core.BrokerError;
import dev.almadia.broker.core.Errors;
import dev.almadia.broker.core.topics.Decision;
import dev.almadia.codec.CodecException;
import dev.almadia.codec.Codecs;
import dev.almadia.codec.Unpacker;
import dev.almadia.v1.ErrorReason;
import org.jspecify.annotations.Nullable;

/**
 * Looks into a compressed batch, once, when it comes in: inflates it piece by piece and scans the
 * pieces as a plain set is scanned. Whatever the bytes claim or hold, no more is inflated than was
 * declared and one piece, and no more is held than a record and what the codec needs.
 */
final class CompressedChecks {
  private static final int PIECE_BYTES = 64 << 10;

  private CompressedChecks() {}

  /** What is wrong with what is declared; null if it can be inflated. */
  static @Nullable BrokerError refusalOf(CompressedSet set, long batchBytesMax) {
    if (!Codecs.isKnown(set.codec())) {
      return Errors.invalid(
          "batch.compressed.codec",
          String.valueOf(set.codecNumber()),
          "must be a codec that this server knows");
    }
    if (set.count() < 1) {
      return Errors.invalid(
          "batch.compressed.record_count", String.valueOf(set.count()), "must be at least 1");
    }
    if (set.uncompressedBytes() < 1) {
      return Errors.invalid(
          "batch.compressed.uncompressed_bytes",
          String.valueOf(set.uncompressedBytes()),
          "must be at least 1");
    }
    return set.uncompressedBytes() > batchBytesMax
        ? BatchChecks.batchTooLarge(set.uncompressedBytes(), batchBytesMax)
        : null;
  }

  /**
   * Inflates and scans.
   *
   * @param set one that is not refused for what it declares
   * @param readsIds whether the ids of its records are wanted
   * @return what the scan gave, of a set of exactly the declared size
   */
  static Decision<RecordSetScanner.Scan.Sound> scan(CompressedSet set, boolean readsIds) {
    int declared = Math.toIntExact(set.uncompressedBytes());
    RecordSetScanner scanner = RecordSetScanner.inPieces(declared, readsIds);
    int inflated;
    try {
      inflated = inflate(set, declared, scanner);
    } catch (CodecException e) {
      return Decision.refuse(RecordSetScanner.malformed(e.problem()));
    }
    // The size first: a set that is cut in the wrong place is not the producer's garbage.
    if (inflated != declared) {
      return Decision.refuse(sizeMismatch(declared, inflated));
    }
    RecordSetScanner.Scan scan = scanner.end();
    return scan instanceof RecordSetScanner.Scan.Unsound unsound
        ? Decision.refuse(unsound.error())
        : Decision.accept((RecordSetScanner.Scan.Sound) scan);
  }

  /** Returns the size; if it is more than declared, only how far it went. */
  private static int inflate(CompressedSet set, int declared, RecordSetScanner scanner)
      throws CodecException {
    ByteSlice data = set.data();
    byte[] piece = new byte[(int) Math.min(PIECE_BYTES, declared + 1L)];
    int inflated = 0;
    try (Unpacker unpacker = Codecs.open(set.codec(), data.array(), data.offset(), data.length())) {
      int read = unpacker.read(piece, 0, piece.length);
      while (read >= 0 && inflated + read <= declared) {
        scanner.add(piece, read);
        inflated += read;
        read = unpacker.read(piece, 0, piece.length);
      }
      return read < 0 ? inflated : inflated + read;
    }
  }

  private static BrokerError sizeMismatch(int expected, int actual) {
    return BrokerError.of(
        ErrorReason.ERROR_REASON_SIZE_MISMATCH,
        "The batch inflates to "
            + (actual > expected ? "more than " + expected : actual)
            + " bytes, not "
            + expected
            + " as it says",
        "expected",
        expected,
        "actual",
        actual);
  }
}
