// SPDX-License-Identifier: Apache-2.0
package dev.almadia.history.check;

import static dev.almadia.history.check.Story.BY_KEY;
import static dev.almadia.history.check.Story.NEW_LIFE;
import static dev.almadia.history.check.Story.P0;
import static dev.almadia.history.check.Story.P1;
import static dev.almadia.history.check.Story.answer;
import static dev.almadia.history.check.Story.same;
import static dev.almadia.history.check.Story.seen;
import static dev.almadia.history.check.Story.v;
import static org.assertj.core.api.Assertions.assertThat;

import dev.almadia.history.Admin;
import dev.almadia.history.Produce;
import dev.almadia.history.Read;
import dev.almadia.history.Resolve;
import dev.almadia.history.Seen;
import dev.almadia.history.Value;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** For each rule, histories that break it and nothing else, and near misses that break nothing. */
class HandMadeTest {
  private static final Produce.Sending TWICE = sending(Produce.Durability.SYNCED, 2, false, false);
  private static final Produce.Sending NAMED = sending(Produce.Durability.SYNCED, 2, false, true);
  private static final Produce.Sending WEAK = sending(Produce.Durability.BUFFERED, 1, false, false);

  /** A history with the only rule that it breaks, or with none. */
  record Case(Rule rule, boolean broken, String about, Story story) {
    @Override
    public String toString() {
      return rule.title() + (broken ? ": " : ", near miss: ") + about;
    }
  }

  @ParameterizedTest
  @MethodSource("cases")
  void breaksThatRuleOnlyOrNone(Case given) {
    List<Anomaly> found = Checks.all().check(given.story().history());

    assertThat(found.stream().map(Anomaly::name).collect(Collectors.toSet()))
        .as("%s", found)
        .isEqualTo(given.broken() ? Set.of(given.rule().title()) : Set.of());
    for (Anomaly anomaly : found) {
      assertThat(anomaly.guarantee()).isEqualTo(given.rule().guarantee());
      assertThat(anomaly.text()).isNotBlank().doesNotContain("\n");
      assertThat(anomaly.operationIds()).isNotEmpty();
    }
  }

  @Test
  void everyRuleHasACaseAndANearMiss() {
    for (boolean broken : List.of(true, false)) {
      assertThat(cases().filter(given -> given.broken() == broken).map(Case::rule))
          .containsAll(EnumSet.allOf(Rule.class));
    }
  }

  static Stream<Case> cases() {
    return Stream.of(
            lost(),
            unseen(),
            conflicts(),
            splits(),
            order(),
            replicas(),
            oldLives(),
            density(),
            origins(),
            sessions(),
            jumps(),
            watermarks(),
            ends(),
            times(),
            duplicates())
        .flatMap(stream -> stream);
  }

  private static Stream<Case> lost() {
    Rule rule = Rule.LOST_WRITE;
    return Stream.of(
        bad(rule, "the last one is gone", story().acks(0, 3).end(same(0, 2))),
        ok(rule, "only the unknown one is gone", story().acks(0, 2).unknown(v(2)).end(same(0, 2))),
        ok(rule, "acked while the end was read", late(same(0, 2))),
        bad(rule, "all is gone", story().ack(0, v(0)).end(same(0, 0))),
        bad(rule, "the log start moved by itself", story().acks(0, 3).end(same(1, 3))),
        ok(rule, "it was trimmed", story().acks(0, 3).trim(1).end(same(1, 3))),
        bad(rule, "trimmed too far", story().acks(0, 3).trim(1).end(same(2, 3))),
        ok(rule, "it expired", story().acks(0, 3).admin(Admin.Action.RETAIN, 17).end(same(2, 3))),
        bad(rule, "routed by key", story().ack(BY_KEY, -1, v(9)).acks(0, 1).end(same(0, 1))),
        ok(
            rule,
            "routed by key and there",
            story().ack(BY_KEY, -1, v(1)).acks(0, 1).end(same(0, 2))),
        ok(rule, "only buffered", story().ack(WEAK, 0, v(0)).end(same(0, 0))));
  }

  private static Story late(List<Seen> end) {
    return story().acks(0, 2).at(100, 200).ack(2, v(2)).at(150, 180).end(end);
  }

  private static Stream<Case> unseen() {
    Read.Answer two = answer(0, same(0, 2));
    return Stream.of(
        bad(Rule.UNSEEN, "drained and short", story().acks(0, 3).read(Read.Kind.DRAIN, 0, two)),
        ok(Rule.UNSEEN, "not drained", story().acks(0, 3).read(Read.Kind.SUBSCRIBE, 0, two)),
        ok(
            Rule.UNSEEN,
            "acked while draining",
            story()
                .acks(0, 2)
                .at(100, 200)
                .ack(2, v(2))
                .at(150, 300)
                .read(Read.Kind.DRAIN, 0, two)));
  }

  private static Stream<Case> conflicts() {
    List<Seen> other = List.of(seen(0, v(7)));
    return Stream.of(
        bad(
            Rule.INCONSISTENT_OFFSETS,
            "two acks for one offset",
            story().at(10, 50).ack(0, v(0)).at(20, 40).ack(0, v(1))),
        ok(
            Rule.INCONSISTENT_OFFSETS,
            "the same offset of two partitions",
            story().ack(0, v(0)).ack(P1, 0, v(1))),
        bad(
            Rule.INCONSISTENT_OFFSETS,
            "an ack and a read",
            story().unknown(v(7)).at(10, 90).ack(0, v(0)).fetch(0, other)),
        bad(
            Rule.INCONSISTENT_OFFSETS,
            "two reads",
            story().unknown(v(7)).unknown(v(0)).fetch(0, other).fetch(0, same(0, 1))),
        bad(
            Rule.DIRTY_READ,
            "read and then gone",
            story().acks(0, 1).unknown(v(1)).fetch(0, same(0, 2)).end(same(0, 1))),
        bad(
            Rule.DIRTY_READ,
            "read and then another",
            story().unknown(v(7)).unknown(v(0)).fetch(0, other).end(same(0, 1))),
        ok(
            Rule.DIRTY_READ,
            "read and then trimmed",
            story().unknown(v(0)).acks(1, 2).fetch(0, same(0, 2)).trim(1).end(same(1, 2))),
        ok(
            Rule.DIRTY_READ,
            "read after the final read began",
            story().unknown(v(0)).at(50, 90).fetch(0, same(0, 1)).at(40, 80).end(same(0, 0))));
  }

  private static Stream<Case> splits() {
    Rule rule = Rule.SPLIT_REQUEST;
    Story between = story().unknown(v(0), v(2)).unknown(v(1)).end(same(0, 3));
    Story cut = story().trim(1).unknown(v(0), v(1), v(2)).end(same(1, 3));
    return Stream.of(
        bad(rule, "another one is between", between),
        bad(rule, "the order is wrong", story().unknown(v(1), v(0)).end(same(0, 2))),
        bad(rule, "the end is missing", story().unknown(v(0), v(1)).end(same(0, 1))),
        bad(rule, "the start is missing", story().unknown(v(7), v(0)).end(same(0, 1))),
        ok(rule, "all of it is there", story().unknown(v(0), v(1)).end(same(0, 2))),
        ok(rule, "none of it is there", story().acks(0, 1).unknown(v(1), v(2)).end(same(0, 1))),
        ok(rule, "its start was trimmed", cut),
        ok(rule, "a read stopped in it", story().unknown(v(0), v(1)).fetch(0, same(0, 1))));
  }

  private static Stream<Case> order() {
    Rule rule = Rule.NON_MONOTONIC_APPEND;
    Produce.Sending stream = Produce.Sending.STREAMED;
    Story streamed = story().at(10, 50).ack(stream, 1, v(1)).at(20, 60).ack(stream, 0, v(0));
    Story two = story().at(10, 50).ack(stream, 1, v(1)).client(2).at(20, 60).ack(stream, 0, v(0));
    return Stream.of(
        bad(rule, "sent later, stored earlier", story().ack(1, v(1)).ack(0, v(0))),
        ok(
            rule,
            "both under way",
            story().at(10, 50).ack(1, v(1)).at(20, 60).ack(0, v(0)).end(same(0, 2))),
        bad(
            rule,
            "read, then stored before it",
            story().unknown(v(1)).fetch(1, same(1, 2)).unknown(v(0)).end(same(0, 2))),
        bad(rule, "a stream out of order", streamed.end(same(0, 2))),
        ok(rule, "two streams", two.end(same(0, 2))));
  }

  private static Stream<Case> replicas() {
    Rule rule = Rule.REPLICAS_DIFFER;
    List<Seen> swapped = List.of(seen(0, v(1)), seen(1, v(0)));
    return Stream.of(
        bad(rule, "from the end", story().acks(0, 2).end(same(0, 2)).replica(1, swapped)),
        bad(
            rule,
            "from each other",
            story().unknown(v(0)).unknown(v(1)).replica(1, same(0, 2)).replica(2, swapped)),
        ok(rule, "one knows less", story().acks(0, 2).end(same(0, 2)).replica(1, same(0, 1))),
        ok(
            rule,
            "one keeps more",
            story().trim(1).acks(0, 2).end(same(1, 2)).replica(1, same(0, 2))));
  }

  private static Stream<Case> oldLives() {
    Rule rule = Rule.OLD_LIFE;
    List<Seen> old = List.of(seen(0, v(0)));
    Story born = story().ack(0, v(0)).admin(Admin.Action.CREATE, 18).end(NEW_LIFE, 0, 1, old);
    Story open = story().unknown(v(0)).admin(Admin.Action.CREATE, 18).end(NEW_LIFE, 0, 1, old);
    Story fresh =
        story()
            .ack(0, v(0))
            .admin(Admin.Action.CREATE, 18)
            .ack(NEW_LIFE, 0, new Value(1, 0, 18))
            .end(NEW_LIFE, 0, 1, List.of(seen(0, new Value(1, 0, 18))));
    return Stream.of(
        bad(rule, "acked in the old topic, read in the new", born),
        bad(rule, "nobody made the new topic", story().unknown(v(0)).end(NEW_LIFE, 0, 1, old)),
        ok(rule, "on its way when the new topic was made", open),
        ok(rule, "the same number in both lives", fresh));
  }

  private static Stream<Case> density() {
    Story sent = story().unknown(v(0)).unknown(v(1)).unknown(v(2));
    Story more = story().unknown(v(0)).unknown(v(1)).unknown(v(2));
    List<Seen> hole = List.of(seen(0, v(0)), seen(2, v(2)));
    return Stream.of(
        bad(Rule.GAP, "in a read", sent.fetch(0, hole)),
        bad(Rule.GAP, "in the end", more.end(hole)),
        bad(Rule.GAP, "at the log start", story().unknown(v(1)).end(P0, 0, 2, same(1, 2))),
        bad(Rule.GAP, "at the end", story().unknown(v(0)).end(P0, 0, 2, same(0, 1))),
        bad(
            Rule.GAP,
            "before the next offset",
            story().unknown(v(0)).fetch(0, new Read.Answer(same(0, 1), 2, -1, -1, 0))),
        ok(
            Rule.GAP,
            "a long read without one",
            story().acks(0, 5).fetch(0, same(0, 5)).end(same(0, 5))),
        ok(
            Rule.GAP,
            "two reads with one between",
            story().acks(0, 5).fetch(0, same(0, 2)).fetch(3, same(3, 5))));
  }

  private static Stream<Case> origins() {
    List<Seen> bytes = List.of(seen(0, Value.DAMAGED));
    return Stream.of(
        bad(Rule.PHANTOM, "nobody sent it", story().fetch(0, same(0, 1))),
        bad(Rule.PHANTOM, "sent to another", story().sent(TWICE, P1, v(0)).fetch(0, same(0, 1))),
        bad(Rule.PHANTOM, "sent later", story().fetch(0, same(0, 1)).unknown(v(0))),
        ok(Rule.PHANTOM, "the sender vanished", story().never().unknown(v(0)).fetch(0, same(0, 1))),
        ok(Rule.PHANTOM, "sent by key", story().sent(TWICE, BY_KEY, v(0)).fetch(0, same(0, 1))),
        ok(
            Rule.PHANTOM,
            "sent while it was read",
            story().at(10, 90).fetch(0, same(0, 1)).at(20, 30).unknown(v(0))),
        bad(Rule.WRONG_NOT_APPLIED, "read", story().refused(v(0)).fetch(0, same(0, 1))),
        bad(Rule.WRONG_NOT_APPLIED, "stored", story().refused(v(0)).replica(1, same(0, 1))),
        ok(Rule.WRONG_NOT_APPLIED, "it is not there", story().refused(v(0)).end(same(0, 0))),
        ok(
            Rule.WRONG_NOT_APPLIED,
            "sent again",
            story().refused(v(0)).unknown(v(0)).fetch(0, same(0, 1))),
        bad(Rule.CHANGED_BYTES, "read", story().acks(0, 1).fetch(0, bytes).end(same(0, 1))),
        bad(Rule.CHANGED_BYTES, "kept", story().acks(0, 1).end(bytes)),
        bad(Rule.CHANGED_BYTES, "stored", story().acks(0, 1).replica(1, bytes)),
        ok(Rule.CHANGED_BYTES, "sound", story().acks(0, 1).fetch(0, same(0, 1)).end(same(0, 1))));
  }

  private static Stream<Case> sessions() {
    Story again = story().acks(0, 4).poll(0, same(0, 2)).poll(Read.ON, same(1, 4));
    Story skip = story().acks(0, 4).poll(0, same(0, 2)).poll(Read.ON, same(3, 4));
    Story emptySkip =
        story().acks(0, 4).poll(0, same(0, 2)).read(Read.Kind.SUBSCRIBE, Read.ON, next(3));
    return Stream.of(
        bad(Rule.NON_MONOTONIC_POLL, "one again", again),
        bad(Rule.NON_MONOTONIC_POLL, "before the fetch", story().acks(0, 3).fetch(2, same(1, 3))),
        bad(
            Rule.NON_MONOTONIC_POLL,
            "twice in one answer",
            story().acks(0, 1).fetch(0, List.of(seen(0, v(0)), seen(0, v(0))))),
        ok(
            Rule.NON_MONOTONIC_POLL,
            "it seeks",
            story().acks(0, 4).poll(0, same(0, 2)).poll(1, same(1, 4))),
        ok(
            Rule.NON_MONOTONIC_POLL,
            "another session",
            story().acks(0, 4).poll(0, same(0, 3)).client(2).poll(0, same(0, 2))),
        bad(Rule.INT_POLL_SKIP, "one left out", skip),
        bad(Rule.INT_POLL_SKIP, "an empty answer", emptySkip),
        bad(Rule.INT_POLL_SKIP, "behind the fetch", story().acks(0, 3).fetch(1, same(2, 3))),
        ok(
            Rule.INT_POLL_SKIP,
            "a fetch between",
            story().acks(0, 4).poll(0, same(0, 2)).fetch(0, same(0, 1)).poll(Read.ON, same(2, 4))),
        ok(
            Rule.INT_POLL_SKIP,
            "a failed poll between",
            story()
                .acks(0, 4)
                .poll(0, same(0, 2))
                .read(Read.Kind.SUBSCRIBE, Read.ON, Read.Answer.FAILED)
                .poll(Read.ON, same(2, 4))));
  }

  private static Stream<Case> jumps() {
    Rule rule = Rule.SILENT_JUMP;
    Read.Answer told = new Read.Answer(same(2, 4), 4, -1, -1, 2);
    Read.Answer miscounted = new Read.Answer(same(2, 4), 4, -1, -1, 1);
    return Stream.of(
        bad(rule, "not told", trimmed().fetch(0, same(2, 4)).end(same(2, 4))),
        bad(rule, "a wrong number", trimmed().fetch(0, miscounted).end(same(2, 4))),
        bad(rule, "they are still there", story().acks(0, 4).fetch(0, told).end(same(0, 4))),
        ok(rule, "told", trimmed().fetch(0, told).end(same(2, 4))));
  }

  private static Story trimmed() {
    return story().acks(0, 4).trim(2);
  }

  private static Stream<Case> watermarks() {
    Rule rule = Rule.WATERMARK_REGRESS;
    return Stream.of(
        bad(rule, "the end fell", story().fetch(0, marks(5, 0)).fetch(0, marks(4, 0))),
        bad(rule, "the start fell", story().fetch(3, marks(5, 3)).fetch(3, marks(5, 2))),
        bad(rule, "more than there is", story().fetch(0, marks(1, 0)).end(same(0, 0))),
        ok(rule, "two sessions", story().fetch(0, marks(5, 0)).client(2).fetch(0, marks(4, 0))),
        ok(
            rule,
            "both under way",
            story().at(10, 50).fetch(0, marks(5, 0)).at(20, 60).fetch(0, marks(4, 0))),
        ok(
            rule,
            "only buffered",
            story().ack(WEAK, 0, v(0)).fetch(0, marks(1, 0)).fetch(0, marks(0, 0))),
        ok(rule, "not told", story().fetch(0, marks(5, 0)).fetch(0, marks(-1, -1))));
  }

  private static Read.Answer marks(long highWatermark, long logStart) {
    return new Read.Answer(
        List.of(), logStart == 2 ? 3 : Math.max(logStart, 0), highWatermark, logStart, 0);
  }

  private static Read.Answer next(long offset) {
    return new Read.Answer(List.of(), offset, -1, -1, 0);
  }

  private static Stream<Case> ends() {
    Resolve.Question latest = Resolve.Question.LATEST;
    Resolve.Question loose = new Resolve.Question(Resolve.Position.LATEST, -1, false);
    return Stream.of(
        bad(Rule.STALE_LATEST, "an ack is not covered", story().acks(0, 2).resolve(latest, 1)),
        bad(
            Rule.STALE_LATEST,
            "a read is not covered",
            story().unknown(v(0)).fetch(0, same(0, 1)).resolve(latest, 0)),
        bad(
            Rule.STALE_LATEST,
            "it fell",
            story().unknown(v(0)).resolve(latest, 1).resolve(latest, 0)),
        ok(Rule.STALE_LATEST, "staleness was asked for", story().acks(0, 2).resolve(loose, 1)),
        ok(
            Rule.STALE_LATEST,
            "acked while it was asked",
            story().at(10, 50).ack(0, v(0)).at(40, 60).resolve(latest, 0)),
        bad(
            Rule.LATEST_TOO_HIGH,
            "more than there is",
            story().acks(0, 1).resolve(latest, 2).end(same(0, 1))),
        bad(Rule.LATEST_TOO_HIGH, "sent later", story().resolve(loose, 1).acks(0, 1)),
        ok(
            Rule.LATEST_TOO_HIGH,
            "it covers one on its way",
            story()
                .at(10, 90)
                .ack(0, v(0))
                .at(20, 30)
                .resolve(latest, 1)
                .at(100, 110)
                .end(same(0, 1))));
  }

  private static Stream<Case> times() {
    Rule rule = Rule.WRONG_TIME_LOOKUP;
    return Stream.of(
        bad(rule, "one too far", timed().resolve(Resolve.Question.time(20), 2)),
        bad(rule, "one too early", timed().resolve(Resolve.Question.time(20), 0)),
        bad(rule, "the end, though there is one", timed().resolve(Resolve.Question.time(30), 3)),
        ok(rule, "the first of equals", timed().resolve(Resolve.Question.time(20), 1)),
        ok(rule, "nothing so late", timed().resolve(Resolve.Question.time(31), 3)),
        ok(
            rule,
            "known only after the question",
            story()
                .unknown(v(0))
                .resolve(Resolve.Question.time(5), 1)
                .fetch(0, List.of(new Seen(0, v(0), 10)))));
  }

  private static Story timed() {
    List<Seen> records =
        List.of(new Seen(0, v(0), 10), new Seen(1, v(1), 20), new Seen(2, v(2), 30));
    return story().acks(0, 3).fetch(0, records);
  }

  private static Stream<Case> duplicates() {
    Rule rule = Rule.DUPLICATE;
    List<Seen> two = List.of(seen(0, v(0)), seen(1, v(0)));
    List<Seen> three = List.of(seen(0, v(0)), seen(1, v(0)), seen(2, v(0)));
    return Stream.of(
        bad(rule, "sent once, there twice", story().ack(0, v(0)).end(two)),
        bad(rule, "sent twice, there three times", story().ack(TWICE, 0, v(0)).end(three)),
        bad(rule, "sent twice with a producer id", story().ack(NAMED, 0, v(0)).end(two)),
        bad(
            rule,
            "in two partitions",
            story()
                .sent(Produce.Sending.ONCE, BY_KEY, v(0))
                .end(same(0, 1))
                .end(P1, 0, 1, same(0, 1))),
        ok(rule, "sent twice, there twice", story().ack(TWICE, 0, v(0)).end(two)),
        ok(
            rule,
            "seen twice at one offset",
            story().acks(0, 1).fetch(0, same(0, 1)).fetch(0, same(0, 1))));
  }

  private static Produce.Sending sending(
      Produce.Durability durability, int attempts, boolean inOrder, boolean idempotent) {
    return new Produce.Sending(durability, attempts, inOrder, idempotent);
  }

  private static Story story() {
    return new Story();
  }

  private static Case bad(Rule rule, String about, Story story) {
    return new Case(rule, true, about, story);
  }

  private static Case ok(Rule rule, String about, Story story) {
    return new Case(rule, false, about, story);
  }
}
