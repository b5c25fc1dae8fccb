// SPDX-License-Identifier: Apache-2.0
package dev.almadia.cli;

import com.google.gson.JsonElement;
import dev.almadia.client.Admin;
import dev.almadia.client.AlmadiaClient;
import dev.almadia.client.AlmadiaException;
import dev.almadia.client.Outcome;
import dev.almadia.client.ReadRecord;
import dev.almadia.client.Stretch;
import dev.almadia.client.Subscription;
import dev.almadia.v1.Position;
import dev.almadia.v1.ResolvedOffset;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Reads records. */
@Command(
    name = "consume",
    description = {
      "Read records of a topic, by default one line of JSON each.",
      "Without --offset only records that come from now on are shown, until Ctrl-C.",
      "--offset start shows what is there and then waits for more; with --until-end it stops at"
          + " what is the end now. A range with an end (47:99) stops there."
    },
    footerHeading = "Examples:%n",
    footer = {
      "  almadia consume orders                          new records, as they come",
      "  almadia consume orders --offset start --until-end",
      "  almadia consume orders --offset -10 -n 10 -f '%%p/%%o %%k: %%v\\n'",
      "  almadia consume orders -O @-1h:now -p 0,3",
      ""
    })
@SuppressWarnings("NullAway.Init") // Filled in by picocli.
final class ConsumeCommand implements Callable<Integer> {
  private static final Duration POLL = Duration.ofMillis(200);

  private final Console console;
  @Mixin private GlobalOptions global;

  @Parameters(paramLabel = "TOPIC", description = "Name of the topic")
  private String topic;

  @Option(
      names = {"-O", "--offset"},
      paramLabel = "RANGE",
      description =
          "start, end, 47, -100 (last), +5 (after the start), 47:99, :end, @-1h:now, @2026-09-01;"
              + " the end is exclusive (default end)")
  private String range = "end";

  @Option(
      names = {"-p", "--partition"},
      split = ",",
      paramLabel = "N",
      description = "Only these partitions (default: all)")
  private List<Integer> partitions = new ArrayList<>();

  @Option(
      names = {"-n", "--count"},
      paramLabel = "N",
      description = "Stop after so many records")
  private long count = Long.MAX_VALUE;

  @Option(
      names = {"-f", "--format"},
      paramLabel = "FORMAT",
      description =
          "%%t topic, %%p partition, %%o offset, %%T time (ms), %%k key, %%v value, %%h headers;"
              + " %%k and %%v also with {hex}, {base64}, {json}; \\n, \\t and so on")
  private @Nullable String format;

  @Option(names = "--follow", description = "Go on as records come (default if RANGE has no end)")
  private boolean follow;

  @Option(names = "--until-end", description = "Stop at what is the end now")
  private boolean untilEnd;

  @Option(names = "--meta", description = "Show progress per partition on standard error")
  private boolean meta;

  private long written;

  ConsumeCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() {
    OffsetRange parsed = OffsetRange.parse(range, Instant.now());
    RecordFormat recordFormat = format == null ? null : RecordFormat.parse(format);
    if (follow && (untilEnd || parsed.to() != null)) {
      throw CliException.usage(
          "--follow goes on for ever; leave out --until-end and the range's end");
    }
    if (count < 1) {
      throw CliException.usage("-n must be at least 1");
    }
    try (AlmadiaClient client = global.connect()) {
      List<Stretch> stretches = stretches(client.admin(), parsed);
      try (Subscription subscription = client.subscribe(topic, stretches)) {
        while (!subscription.isDone() && written < count) {
          Subscription.Chunk chunk = subscription.poll(POLL);
          if (chunk != null && !write(chunk, recordFormat)) {
            return ExitCode.OK;
          }
        }
      }
      if (meta) {
        console.say(Units.records(written));
      }
      return ExitCode.OK;
    }
  }

  private List<Stretch> stretches(Admin admin, OffsetRange parsed) {
    OffsetRange.Point to = parsed.to() == null && untilEnd ? OffsetRange.end() : parsed.to();
    Map<Integer, Long> ends = to == null ? Map.of() : ends(admin, to);
    List<Stretch> stretches = new ArrayList<>();
    OffsetRange.Point from = parsed.from();
    boolean isPlain = from.position().hasOffset();
    // A plain offset needs no resolving; the partitions' bounds come with any position.
    Position asked = isPlain ? OffsetRange.start().position() : from.position();
    for (ResolvedOffset start : admin.resolveOffsets(topic, partitions, asked)) {
      check(start);
      long highWatermark = start.getHighWatermark();
      long first = isPlain ? from.position().getOffset() : start.getOffset();
      if (from.shift() > 0) {
        first = Math.min(first + from.shift(), highWatermark);
      }
      boolean isOutside = first > highWatermark || first < start.getLogStartOffset();
      long end = ends.getOrDefault(start.getPartition(), Stretch.NO_END);
      // Outside of what is kept the server has to say so, however short the stretch.
      stretches.add(
          new Stretch(
              start.getPartition(), first, isOutside ? Stretch.NO_END : Math.max(first, end)));
    }
    return stretches;
  }

  /** Where to stop, at most at what is the end now: beyond it a stretch would wait for records. */
  private Map<Integer, Long> ends(Admin admin, OffsetRange.Point to) {
    boolean isPlain = to.position().hasOffset();
    Position asked = isPlain ? OffsetRange.end().position() : to.position();
    Map<Integer, Long> ends = new HashMap<>();
    for (ResolvedOffset end : admin.resolveOffsets(topic, partitions, asked)) {
      check(end);
      long wanted = isPlain ? to.position().getOffset() : end.getOffset() + to.shift();
      ends.put(end.getPartition(), Math.min(wanted, end.getHighWatermark()));
    }
    return ends;
  }

  private static void check(ResolvedOffset resolved) {
    if (resolved.hasFailure()) {
      throw AlmadiaException.ofPart(
          resolved.getFailure(), Outcome.NOT_APPLIED, "ResolveOffsets", "");
    }
  }

  /** False if nobody reads the output any more. */
  private boolean write(Subscription.Chunk chunk, @Nullable RecordFormat recordFormat) {
    for (ReadRecord read : chunk.records()) {
      if (written >= count) {
        break;
      }
      byte[] bytes = recordFormat == null ? render(read) : recordFormat.format(topic, read);
      console.out().write(bytes, 0, bytes.length);
      written++;
    }
    if (meta && (chunk.caughtUp() || !chunk.records().isEmpty())) {
      console.say(
          String.format(
              Locale.ROOT,
              "partition %d: next %d of %d%s",
              chunk.partition(),
              chunk.nextOffset(),
              chunk.highWatermark(),
              chunk.caughtUp() ? ", caught up" : ""));
    }
    return console.flush();
  }

  private byte[] render(ReadRecord read) {
    JsonElement json = RecordJson.of(topic, read);
    GlobalOptions.Format form = global.output == null ? GlobalOptions.Format.jsonl : global.output;
    String text =
        switch (form) {
          case json -> Json.pretty(json) + "\n";
          case jsonl -> Json.compact(json) + "\n";
          case yaml -> "---\n" + Yaml.of(json);
          case table ->
              String.format(
                  Locale.ROOT,
                  "%d  %d  %s  %s  %s%n",
                  read.partition(),
                  read.offset(),
                  Instant.ofEpochMilli(read.timestampMs()),
                  shown(read.record().hasKey() ? read.record().getKey() : null),
                  shown(read.record().hasValue() ? read.record().getValue() : null));
        };
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static String shown(com.google.protobuf.@Nullable ByteString bytes) {
    return bytes == null
        ? "-"
        : Errors.oneLine(
            RecordJson.utf8(bytes).orElseGet(() -> "(" + bytes.size() + " bytes, not UTF-8)"));
  }
}
