// SPDX-License-Identifier: Apache-2.0
package dev.almadia.cli;

import com.google.gson.JsonObject;
import com.google.protobuf.ByteString;
import dev.almadia.client.Acknowledged;
import dev.almadia.client.AlmadiaClient;
import dev.almadia.client.AlmadiaException;
import dev.almadia.client.PreparedBatch;
import dev.almadia.client.Producer;
import dev.almadia.client.ProducerOptions;
import dev.almadia.v1.Codec;
import dev.almadia.v1.Header;
import dev.almadia.v1.PartitionResult;
import dev.almadia.v1.ProduceStreamAck;
import dev.almadia.v1.Record;
import dev.almadia.v1.Topic;
import java.io.IOException;
import java.io.InputStream;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Produces records from lines of text or JSON. */
@Command(
    name = "produce",
    description = {
      "Produce records, one per line of standard input or a file.",
      "Records with a key go to the partition of their key. Exit code 0 only if every record was"
          + " acknowledged; 7 if some were not applied, 8 if the outcome of some is unknown."
    },
    footerHeading = "Examples:%n",
    footer = {
      "  echo hello | almadia produce orders",
      "  echo 'customer-1:hello' | almadia produce orders --key-separator :",
      "  almadia produce orders --from-json --file examples/data/orders.jsonl",
      "  almadia produce orders --file day.txt --idempotent import --resume",
      "  almadia produce orders --file day.txt --record-id 'day-{line}'   again: nothing twice",
      "  tail -F app.log | almadia produce logs -k $HOSTNAME -H env=test --compression zstd",
      ""
    })
@SuppressWarnings("NullAway.Init") // Filled in by picocli.
final class ProduceCommand implements Callable<Integer> {
  private static final Duration DELIVERY_DEFAULT = Duration.ofSeconds(60);
  private static final int FLUSH_EVERY_RECORDS = 256;
  private static final String LINE = "{line}";

  private final Console console;
  @Mixin private GlobalOptions global;

  @Parameters(paramLabel = "TOPIC", description = "Name of the topic")
  private String topic;

  @Option(names = "--file", paramLabel = "FILE", description = "Read this instead of stdin")
  private @Nullable Path file;

  @Option(
      names = "--from-json",
      description =
          "Each line is {\"key\", \"value\", \"headers\", \"timestamp\", \"recordId\","
              + " \"partition\"}, all optional; a value that is no string stands for its compact JSON")
  private boolean fromJson;

  @Option(
      names = {"-k", "--key"},
      paramLabel = "KEY",
      description = "Key of all records that have none of their own")
  private @Nullable String key;

  @Option(
      names = "--key-separator",
      paramLabel = "TEXT",
      description = "What stands before the first TEXT in a line is its key")
  private @Nullable String keySeparator;

  @Option(
      names = {"-H", "--header"},
      paramLabel = "NAME=VALUE",
      description = "Header of all records")
  private Map<String, String> headers = new LinkedHashMap<>();

  @Option(
      names = {"-p", "--partition"},
      paramLabel = "N",
      description = "Partition of all records that name none")
  private @Nullable Integer partition;

  @Option(
      names = "--record-id",
      paramLabel = "TEXT",
      description =
          "Id of all records that have none, by which a topic with dedup.window knows them; {line}"
              + " in it is the number of the line. What is sent again with the same ids is there"
              + " once")
  private @Nullable String recordId;

  @Option(
      names = "--batch-bytes",
      paramLabel = "SIZE",
      converter = Units.SizeConverter.class,
      description = "Size of a batch (default 128KiB)")
  private long batchBytes = 128 << 10;

  @Option(
      names = "--compression",
      paramLabel = "CODEC",
      description = "Compress batches: gzip, lz4 or zstd (default none)")
  private String compression = "none";

  private Codec codec = Codec.CODEC_UNSPECIFIED;
  private long leftOut;

  /** How many records got the id of the command line. */
  private long givenIds;

  @Option(
      names = "--direct",
      description =
          "With --not-idempotent or --resend: send each batch straight to the broker that leads its"
              + " partition, as otherwise is done anyway")
  private boolean direct;

  @Option(
      names = "--acks",
      paramLabel = "FILE",
      description = "Write 'partition offset line' for each acknowledged record")
  private @Nullable Path acksFile;

  @Option(
      names = "--idempotent",
      paramLabel = "NAME",
      description = {
        "Store each record once, as always, but under a name, that no other running producer has."
            + " What it produced before stays known: new records go after it, and the first failure"
            + " ends the command"
      })
  private @Nullable String name;

  @Option(
      names = "--resume",
      description =
          "With --idempotent and the input of an earlier run: leave out the records that are there")
  private boolean resume;

  @Option(
      names = "--atomic",
      description = "All of the input as one batch of one partition, at most 3MiB")
  private boolean atomic;

  @Option(names = "--rate", paramLabel = "N", description = "At most so many records/s")
  private long rate;

  @Option(
      names = "--resend",
      description =
          "At least once: send batches with unknown outcome again without numbers; they may be"
              + " stored twice")
  private boolean resend;

  @Option(
      names = "--not-idempotent",
      description = "Send nothing twice: what had no answer is reported as unknown")
  private boolean notIdempotent;

  ProduceCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() throws IOException {
    check();
    try (AlmadiaClient client = global.connect();
        InputStream in = open();
        Writer acks = acksFile == null ? Writer.nullWriter() : openAcks(acksFile)) {
      Topic found = client.admin().getTopic(topic);
      if (partition != null && (partition < 0 || partition >= found.getPartitions())) {
        throw new CliException(
            ExitCode.NOT_FOUND,
            ("produce " + topic + " failed: topic '" + topic + "' has no partition " + partition)
                + ("; it has 0 to " + (found.getPartitions() - 1))
                + "; reason=PARTITION_NOT_FOUND see: almadia explain PARTITION_NOT_FOUND");
      }
      if (recordId != null && found.getConfig().getDedupWindowMs() == 0) {
        throw CliException.usage(
            "--record-id: topic '%s' remembers no ids; topics alter %s --config %s=1h"
                .formatted(topic, topic, TopicConfigs.DEDUP_WINDOW));
      }
      DeliveryTally tally = new DeliveryTally(acksFile == null ? null : acks);
      LineReader lines = new LineReader(in);
      long startNanos = System.nanoTime();
      Duration delivery = global.timeoutOr(DELIVERY_DEFAULT);
      try (Producer producer = client.producer(topic, options(delivery));
          Progress progress =
              new Progress(console, global.color, "produce", -1, tally::acknowledged)) {
        SentBefore before = name == null ? null : sentBefore(producer, name);
        if (atomic) {
          sendTogether(lines, producer, tally, before, found.getPartitions());
        } else {
          sendAll(lines, producer, tally, progress, before);
        }
        leftOut = before == null ? 0 : before.leftOut();
        finish(producer, tally, progress, delivery);
      }
      return report(tally, lines.bytesRead(), (System.nanoTime() - startNanos) / 1e9);
    } catch (IOException e) {
      throw new CliException(ExitCode.FAILED, unreadable(e));
    }
  }

  private String unreadable(IOException e) {
    if (e instanceof NoSuchFileException missing) {
      return "no file '" + missing.getFile() + "'";
    }
    if (e instanceof AccessDeniedException denied) {
      return "no permission for '" + denied.getFile() + "'";
    }
    return (file == null ? "standard input" : "'" + file + "'")
        + " cannot be read: "
        + e.getMessage();
  }

  private void check() {
    if (fromJson && keySeparator != null) {
      throw CliException.usage("--key-separator is for lines of text, not for --from-json");
    }
    if (keySeparator != null && keySeparator.isEmpty()) {
      throw CliException.usage("--key-separator is empty");
    }
    if (resume && name == null) {
      throw CliException.usage("--resume needs --idempotent NAME");
    }
    if (name != null && (resend || notIdempotent)) {
      throw CliException.usage(
          "--resend and --not-idempotent are for producers that are not --idempotent");
    }
    if (resend && notIdempotent) {
      throw CliException.usage("--resend sends again, --not-idempotent does not");
    }
    if (rate < 0) {
      throw CliException.usage("--rate may not be negative");
    }
    if (recordId != null && recordId.isEmpty()) {
      throw CliException.usage("--record-id is empty");
    }
    if (recordId != null && name != null) {
      throw CliException.usage("--record-id is for producers that are not --idempotent");
    }
    codec = TopicConfigs.codec(compression);
    var unused = base();
    if (batchBytes < 1 || batchBytes > 3 << 20) {
      throw CliException.usage("--batch-bytes must be from 1 to 3MiB");
    }
  }

  private ProducerOptions options(Duration delivery) {
    Duration ack =
        delivery.compareTo(Duration.ofSeconds(10)) < 0 ? delivery : Duration.ofSeconds(10);
    return base()
        .withBatchBytes((int) batchBytes)
        .withTimeouts(ack, delivery)
        .withCompression(codec);
  }

  private ProducerOptions base() {
    ProducerOptions options = ProducerOptions.defaults();
    if (resend || notIdempotent || recordId != null) {
      // Of what has ids, the second copy is known: it may be sent again.
      return options.withoutIdempotence().withResend(!notIdempotent).withDirect(direct);
    }
    if (name == null) {
      return options;
    }
    try {
      return options.withProducerId(name);
    } catch (IllegalArgumentException e) {
      throw CliException.usage("--idempotent: " + e.getMessage());
    }
  }

  private SentBefore sentBefore(Producer producer, String id) {
    SentBefore before = new SentBefore(id, producer.positions());
    if (before.records() > 0 && !resume) {
      console.say(
          "producer '%s' has %s here from before; what it sends now goes after them (--resume leaves"
                  .formatted(id, Units.records(before.records()))
              + " out as many of the same input)");
    }
    return before;
  }

  /** Sends all of the input in one batch, or nothing. */
  private void sendTogether(
      LineReader lines,
      Producer producer,
      DeliveryTally tally,
      @Nullable SentBefore before,
      int partitions)
      throws IOException {
    AtomicInput input = new AtomicInput(partitions);
    long number = 0;
    for (byte[] line = lines.next(); line != null; line = lines.next()) {
      RecordJson.Parsed parsed = parse(line, ++number, producer, tally);
      input.add(before == null ? parsed : placed(parsed, before), number);
    }
    List<Record> records = input.records();
    if (records.isEmpty()) {
      return;
    }
    int target = input.partition();
    if (before != null && resume && before.there(target) > 0) {
      for (int i = 0; i < records.size(); i++) {
        if (!before.isThere(target)) {
          throw new CliException(
              ExitCode.FAILED,
              "partition %d has %d records of producer '%s', so not all of this input: it is another"
                  .formatted(target, i, name));
        }
      }
      return;
    }
    try {
      producer
          .sendBatch(PreparedBatch.of(records, codec), target)
          .handle(
              (ack, error) -> {
                noteAll(tally, records.size(), ack, error);
                return null;
              })
          .join();
    } catch (AlmadiaException e) {
      noteAll(tally, records.size(), null, e);
    }
  }

  private static void noteAll(
      DeliveryTally tally, int count, @Nullable ProduceStreamAck ack, @Nullable Throwable error) {
    for (int i = 0; i < count; i++) {
      Acknowledged place = null;
      if (ack != null && ack.getResultsCount() == 1) {
        PartitionResult part = ack.getResults(0);
        long first = part.getFirstOffset();
        place =
            new Acknowledged(
                part.getPartition(), first < 0 ? -1 : first + i, part.getDurability(), false);
      }
      tally.done(place, error, i + 1L);
    }
  }

  private static RecordJson.Parsed placed(RecordJson.Parsed parsed, SentBefore before) {
    return new RecordJson.Parsed(parsed.record(), before.partition(parsed));
  }

  private InputStream open() throws IOException {
    return file == null ? console.in() : Files.newInputStream(file);
  }

  private static Writer openAcks(Path path) throws IOException {
    return Files.newBufferedWriter(path, StandardCharsets.UTF_8);
  }

  private void sendAll(
      LineReader lines,
      Producer producer,
      DeliveryTally tally,
      Progress progress,
      @Nullable SentBefore before)
      throws IOException {
    long number = 0;
    Pace pace = new Pace(rate);
    for (byte[] line = lines.next(); line != null; line = lines.next()) {
      long lineNumber = ++number;
      RecordJson.Parsed parsed = parse(line, lineNumber, producer, tally);
      if (before != null) {
        parsed = placed(parsed, before);
        if (resume && before.isThere(before.partition(parsed))) {
          continue;
        }
      }
      pace.await();
      try {
        var unused =
            producer
                .send(parsed.record(), parsed.partition())
                .whenComplete((ack, error) -> tally.done(ack, error, lineNumber));
      } catch (AlmadiaException e) {
        tally.done(null, e, lineNumber);
        return;
      }
      if (number % FLUSH_EVERY_RECORDS == 0 || !lines.hasBuffered()) {
        tally.flushAcks();
        progress.update();
      }
      if (tally.isHopeless()) {
        return;
      }
    }
  }

  private RecordJson.Parsed parse(
      byte[] line, long lineNumber, Producer producer, DeliveryTally tally) {
    try {
      return record(line, lineNumber);
    } catch (RecordJson.BadLine e) {
      // What came before the bad line is good: it gets its chance first.
      boolean unused = producer.flush(global.timeoutOr(DELIVERY_DEFAULT));
      tally.flushAcks();
      throw new CliException(
          tally.acknowledged() > 0 ? ExitCode.PARTLY_DONE : ExitCode.FAILED,
          "line "
              + lineNumber
              + " is no record: "
              + e.getMessage()
              + "; "
              + Units.records(tally.acknowledged())
              + " before it acknowledged; it and what follows were not sent");
    }
  }

  private RecordJson.Parsed record(byte[] line, long lineNumber) throws RecordJson.BadLine {
    RecordJson.Parsed parsed;
    if (fromJson) {
      parsed = RecordJson.parse(new String(line, StandardCharsets.UTF_8));
    } else {
      parsed = new RecordJson.Parsed(fromText(line), null);
    }
    Record record = parsed.record();
    String id = record.getRecordId().isEmpty() ? recordId : null;
    if (!headers.isEmpty() || (key != null && !record.hasKey()) || id != null) {
      Record.Builder builder = record.toBuilder();
      if (id != null) {
        builder.setRecordId(recordId(id, lineNumber));
      }
      headers.forEach(
          (name, value) ->
              builder.addHeaders(
                  Header.newBuilder().setKey(name).setValue(ByteString.copyFromUtf8(value))));
      if (key != null && !record.hasKey()) {
        builder.setKey(ByteString.copyFromUtf8(key));
      }
      record = builder.build();
    }
    return new RecordJson.Parsed(
        record, parsed.partition() == null ? partition : parsed.partition());
  }

  /** Two records with one id would be one: whoever means that must say so in JSON. */
  private ByteString recordId(String text, long lineNumber) throws RecordJson.BadLine {
    if (!text.contains(LINE) && givenIds++ > 0) {
      throw new RecordJson.BadLine(
          "--record-id '" + text + "' is the id of an earlier record; " + LINE + " in it helps");
    }
    return ByteString.copyFromUtf8(text.replace(LINE, String.valueOf(lineNumber)));
  }

  private Record fromText(byte[] line) {
    ByteString bytes = ByteString.copyFrom(line);
    Record.Builder record = Record.newBuilder();
    if (keySeparator == null) {
      return record.setValue(bytes).build();
    }
    byte[] separator = keySeparator.getBytes(StandardCharsets.UTF_8);
    for (int i = 0; i + separator.length <= line.length; i++) {
      if (java.util.Arrays.equals(line, i, i + separator.length, separator, 0, separator.length)) {
        return record
            .setKey(bytes.substring(0, i))
            .setValue(bytes.substring(i + separator.length))
            .build();
      }
    }
    return record.setValue(bytes).build();
  }

  private static void finish(
      Producer producer, DeliveryTally tally, Progress progress, Duration delivery) {
    long endNanos = System.nanoTime() + delivery.plusSeconds(5).toNanos();
    while (!producer.flush(Duration.ofMillis(100)) && System.nanoTime() < endNanos) {
      tally.flushAcks();
      progress.update();
    }
    producer.close();
    tally.flushAcks();
  }

  private int report(DeliveryTally tally, long bytes, double seconds) {
    AlmadiaException failure = tally.firstFailure();
    if (failure != null) {
      console.say(Errors.line("produce " + topic, failure));
      if (global.verbose) {
        Errors.details(failure).forEach(console::say);
      }
    }
    double rate = seconds > 0 ? tally.acknowledged() / seconds : 0;
    String failed =
        tally.notApplied() + tally.unknown() == 0
            ? ""
            : String.format(
                Locale.ROOT,
                "; NOT acknowledged: %s not applied, %s with unknown outcome",
                Units.count(tally.notApplied()),
                Units.count(tally.unknown()));
    console.say(
        String.format(
            Locale.ROOT,
            "%s acknowledged%s, %s read, %.2f s, %s records/s%s",
            Units.records(tally.acknowledged()),
            leftOut == 0 ? "" : ", " + Units.count(leftOut) + " left out that were there",
            Units.bytes((double) bytes),
            seconds,
            Units.count((long) rate),
            failed));
    if (global.output != null) {
      JsonObject tree = new JsonObject();
      tree.addProperty("topic", topic);
      tree.addProperty("acknowledged", tally.acknowledged());
      tree.addProperty("notApplied", tally.notApplied());
      tree.addProperty("unknown", tally.unknown());
      tree.addProperty("leftOut", leftOut);
      tree.addProperty("bytes", bytes);
      tree.addProperty("seconds", seconds);
      Table table = new Table("ACKNOWLEDGED", "NOT APPLIED", "UNKNOWN", "BYTES", "SECONDS");
      table.row(
          tally.acknowledged(),
          tally.notApplied(),
          tally.unknown(),
          bytes,
          String.format(Locale.ROOT, "%.2f", seconds));
      new Output(console, global).tree(tree, table);
    }
    return tally.exitCode();
  }
}
