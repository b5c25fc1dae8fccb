// SPDX-License-Identifier: Apache-2.0
package dev.almadia.history.check;

import dev.almadia.history.Admin;
import dev.almadia.history.Call;
import dev.almadia.history.FinalRead;
import dev.almadia.history.History;
import dev.almadia.history.Operation;
import dev.almadia.history.PartitionId;
import dev.almadia.history.Produce;
import dev.almadia.history.Read;
import dev.almadia.history.ReplicaLog;
import dev.almadia.history.Resolve;
import dev.almadia.history.Seen;
import dev.almadia.history.Value;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.function.Predicate;

/** One lie told into a correct history, and the rules of which at least one must name it. */
enum Mutation {
  FINAL_RECORD_DROPPED(Rule.GAP) {
    @Override
    Optional<Operation> lie(Operation truth, History history, Random random) {
      return truth instanceof FinalRead whole && whole.records().size() > 1
          ? Optional.of(with(whole, without(whole.records(), random)))
          : Optional.empty();
    }
  },
  FINAL_END_CUT(Rule.LOST_WRITE, Rule.DIRTY_READ) {
    @Override
    Optional<Operation> lie(Operation truth, History history, Random random) {
      if (!(truth instanceof FinalRead whole)) {
        return Optional.empty();
      }
      long acked = -1;
      for (Operation other : history.operations()) {
        if (other instanceof Produce ack
            && ack.placed()
            && ack.partition().equals(whole.partition())) {
          acked = Math.max(acked, ack.lastOffset());
        }
      }
      if (acked < whole.logStartOffset()) {
        return Optional.empty();
      }
      List<Seen> shorter = whole.records().subList(0, (int) (acked - whole.logStartOffset()));
      return Optional.of(whole.answered(whole.logStartOffset(), acked, shorter));
    }
  },
  FINAL_RECORDS_SWAPPED(
      Rule.REPLICAS_DIFFER, Rule.LOST_WRITE, Rule.DIRTY_READ, Rule.SPLIT_REQUEST) {
    @Override
    Optional<Operation> lie(Operation truth, History history, Random random) {
      if (!(truth instanceof FinalRead whole) || whole.records().size() < 2) {
        return Optional.empty();
      }
      int at = random.nextInt(whole.records().size() - 1);
      Seen first = whole.records().get(at);
      Seen second = whole.records().get(at + 1);
      if (first.value().equals(second.value())) {
        return Optional.empty();
      }
      List<Seen> records = new ArrayList<>(whole.records());
      records.set(at, new Seen(first.offset(), second.value(), first.timestampMillis()));
      records.set(at + 1, new Seen(second.offset(), first.value(), second.timestampMillis()));
      return Optional.of(with(whole, records));
    }
  },
  FINAL_RECORD_DUPLICATED(Rule.DUPLICATE, Rule.SPLIT_REQUEST) {
    @Override
    Optional<Operation> lie(Operation truth, History history, Random random) {
      if (!(truth instanceof FinalRead whole) || whole.records().isEmpty()) {
        return Optional.empty();
      }
      Value value = whole.records().get(random.nextInt(whole.records().size())).value();
      if (value.topicId() != whole.partition().topicId() || attempts(value, history) > 1) {
        return Optional.empty();
      }
      List<Seen> records = new ArrayList<>(whole.records());
      records.add(new Seen(whole.endOffset(), value));
      long end = whole.endOffset() + 1;
      return Optional.of(whole.answered(whole.logStartOffset(), end, records));
    }
  },
  ACK_DENIED(Rule.WRONG_NOT_APPLIED) {
    @Override
    Optional<Operation> lie(Operation truth, History history, Random random) {
      return truth instanceof Produce ack && ack.placed() && kept(ack, history)
          ? Optional.of(ack.notApplied("a lie"))
          : Optional.empty();
    }
  },
  ACK_SHIFTED(Rule.LOST_WRITE) {
    @Override
    Optional<Operation> lie(Operation truth, History history, Random random) {
      if (!(truth instanceof Produce ack) || !ack.placed() || !kept(ack, history)) {
        return Optional.empty();
      }
      // A copy of a retry may be right behind, and then the shifted answer would be as good.
      return ack.sending().attempts() == 1
          ? Optional.of(ack.applied(ack.written().firstOffset() + 1))
          : Optional.empty();
    }
  },
  READ_CHANGED(Rule.INCONSISTENT_OFFSETS, Rule.DIRTY_READ) {
    @Override
    Optional<Operation> lie(Operation truth, History history, Random random) {
      return truth instanceof Read read && keeps(read, history)
          ? read.answer().records().stream()
              .skip(1)
              .findFirst()
              .filter(second -> !second.value().equals(read.answer().records().get(0).value()))
              .map(second -> first(read, second.value()))
          : Optional.empty();
    }
  },
  READ_DAMAGED(Rule.CHANGED_BYTES) {
    @Override
    Optional<Operation> lie(Operation truth, History history, Random random) {
      return truth instanceof Read read && !read.answer().records().isEmpty()
          ? Optional.of(first(read, Value.DAMAGED))
          : Optional.empty();
    }
  },
  READ_INVENTED(Rule.PHANTOM) {
    @Override
    Optional<Operation> lie(Operation truth, History history, Random random) {
      return truth instanceof Read read && !read.answer().records().isEmpty()
          ? Optional.of(first(read, new Value(99, 1, read.partition().topicId())))
          : Optional.empty();
    }
  },
  READ_OF_AN_OLD_LIFE(Rule.OLD_LIFE) {
    @Override
    Optional<Operation> lie(Operation truth, History history, Random random) {
      if (!(truth instanceof Read read) || read.answer().records().isEmpty()) {
        return Optional.empty();
      }
      return oldValue(read.partition().topicId(), history).map(value -> first(read, value));
    }
  },
  READ_WITH_A_HOLE(Rule.GAP) {
    @Override
    Optional<Operation> lie(Operation truth, History history, Random random) {
      return truth instanceof Read read && read.answer().records().size() > 2
          ? Optional.of(with(read, without(read.answer().records(), random)))
          : Optional.empty();
    }
  },
  READ_WITHOUT_ITS_FIRST(Rule.INT_POLL_SKIP, Rule.SILENT_JUMP) {
    @Override
    Optional<Operation> lie(Operation truth, History history, Random random) {
      return truth instanceof Read read && read.answer().records().size() > 1
          ? Optional.of(
              with(read, read.answer().records().subList(1, read.answer().records().size())))
          : Optional.empty();
    }
  },
  LOSS_MISCOUNTED(Rule.SILENT_JUMP) {
    @Override
    Optional<Operation> lie(Operation truth, History history, Random random) {
      if (!(truth instanceof Read read) || read.answer().lostRecords() == 0) {
        return Optional.empty();
      }
      Read.Answer was = read.answer();
      long lost = was.lostRecords() + (random.nextBoolean() ? 1 : -1);
      return Optional.of(
          read.answered(
              new Read.Answer(
                  was.records(),
                  was.nextOffset(),
                  was.highWatermark(),
                  was.logStartOffset(),
                  // All of it hidden is the plain silent jump.
                  lost)));
    }
  },
  WATERMARK_LOWERED(Rule.WATERMARK_REGRESS) {
    @Override
    Optional<Operation> lie(Operation truth, History history, Random random) {
      if (!(truth instanceof Read read) || !read.succeeded()) {
        return Optional.empty();
      }
      for (Operation other : history.operations()) {
        if (other instanceof Read before
            && before.partition().equals(read.partition())
            && before.call().session() == read.call().session()
            && before.call().precedes(read.call())
            && before.answer().highWatermark() > 0) {
          Read.Answer was = read.answer();
          long end = before.answer().highWatermark() - 1;
          return Optional.of(
              read.answered(
                  new Read.Answer(
                      was.records(),
                      was.nextOffset(),
                      end,
                      was.logStartOffset(),
                      was.lostRecords())));
        }
      }
      return Optional.empty();
    }
  },
  REPLICA_CHANGED(Rule.REPLICAS_DIFFER) {
    @Override
    Optional<Operation> lie(Operation truth, History history, Random random) {
      if (!(truth instanceof ReplicaLog log) || log.records().size() < 2) {
        return Optional.empty();
      }
      List<Seen> records = new ArrayList<>(log.records());
      if (records.get(0).value().equals(records.get(1).value())) {
        return Optional.empty();
      }
      records.set(0, new Seen(records.get(0).offset(), records.get(1).value()));
      return Optional.of(log.answered(records));
    }
  },
  LATEST_LOWERED(Rule.STALE_LATEST) {
    @Override
    Optional<Operation> lie(Operation truth, History history, Random random) {
      if (!(truth instanceof Resolve resolve) || !latest(resolve, true)) {
        return Optional.empty();
      }
      return ackBefore(resolve.call(), resolve.partition().partition(), truth, history)
          .map(ack -> resolve.answered(ack.lastOffset()));
    }
  },
  LATEST_RAISED(Rule.LATEST_TOO_HIGH) {
    @Override
    Optional<Operation> lie(Operation truth, History history, Random random) {
      return truth instanceof Resolve resolve && latest(resolve, false)
          ? end(resolve, history).map(end -> resolve.answered(end + 1))
          : Optional.empty();
    }
  },
  TIME_LOOKUP_SHIFTED(Rule.WRONG_TIME_LOOKUP) {
    @Override
    Optional<Operation> lie(Operation truth, History history, Random random) {
      if (!(truth instanceof Resolve resolve)
          || !resolve.question().linearizable()
          || resolve.question().position() != Resolve.Position.TIME) {
        return Optional.empty();
      }
      for (Operation other : history.operations()) {
        if (other instanceof Read read
            && read.partition().equals(resolve.partition())
            && read.call().precedes(resolve.call())
            && keeps(read, history)
            && read.answer().records().stream().anyMatch(s -> s.offset() == resolve.offset())
            && end(resolve, history).isPresent()
            && keptFrom(resolve, history) <= resolve.offset()) {
          return Optional.of(resolve.answered(resolve.offset() + 1));
        }
      }
      return Optional.empty();
    }
  },
  DRAIN_CUT(Rule.UNSEEN) {
    @Override
    Optional<Operation> lie(Operation truth, History history, Random random) {
      if (!(truth instanceof Read read)
          || read.kind() != Read.Kind.DRAIN
          || read.answer().records().isEmpty()) {
        return Optional.empty();
      }
      long start = read.answer().records().get(0).offset();
      Read.Answer was = read.answer();
      Read.Answer cut =
          new Read.Answer(
              List.of(), start, was.highWatermark(), was.logStartOffset(), was.lostRecords());
      return ackBefore(read.call(), read.partition().partition(), truth, history)
          .filter(ack -> ack.lastOffset() >= start)
          .map(ack -> read.answered(cut));
    }
  },
  TRIM_FORGOTTEN(Rule.LOST_WRITE) {
    @Override
    Optional<Operation> lie(Operation truth, History history, Random random) {
      return truth instanceof Admin admin
              && admin.action() == Admin.Action.TRIM
              && onlyTrimOfAcked(admin, history)
          ? Optional.of(Admin.trim(admin.call(), admin.partition(), 0))
          : Optional.empty();
    }
  };

  private final List<Rule> rules;

  Mutation(Rule... rules) {
    this.rules = List.of(rules);
  }

  /** The operation as a liar would tell it; empty if this lie does not fit it. */
  abstract Optional<Operation> lie(Operation truth, History history, Random random);

  List<String> names() {
    return rules.stream().map(Rule::title).toList();
  }

  /** The history with one operation changed, chosen by chance; empty if none fits. */
  Optional<History> apply(History history, Random random) {
    List<Operation> operations = new ArrayList<>(history.operations());
    int shift = random.nextInt(operations.size());
    for (int i = 0; i < operations.size(); i++) {
      int at = (i + shift) % operations.size();
      Optional<Operation> lie = lie(operations.get(at), history, random);
      if (lie.isPresent()) {
        operations.set(at, lie.get());
        return Optional.of(new History(operations));
      }
    }
    return Optional.empty();
  }

  private static FinalRead with(FinalRead whole, List<Seen> records) {
    return whole.answered(whole.logStartOffset(), whole.endOffset(), records);
  }

  private static Read with(Read read, List<Seen> records) {
    Read.Answer was = read.answer();
    return read.answered(
        new Read.Answer(
            records,
            was.nextOffset(),
            was.highWatermark(),
            was.logStartOffset(),
            was.lostRecords()));
  }

  private static Operation first(Read read, Value value) {
    List<Seen> records = new ArrayList<>(read.answer().records());
    Seen was = records.get(0);
    records.set(0, new Seen(was.offset(), value, was.timestampMillis()));
    return with(read, records);
  }

  /** Without one that is not the first; the last one leaves a hole before what follows it. */
  private static List<Seen> without(List<Seen> records, Random random) {
    List<Seen> fewer = new ArrayList<>(records);
    fewer.remove(1 + random.nextInt(records.size() - 1));
    return fewer;
  }

  private static boolean latest(Resolve resolve, boolean linearizable) {
    return resolve.succeeded()
        && resolve.question().position() == Resolve.Position.LATEST
        && (resolve.question().linearizable() || !linearizable);
  }

  private static Optional<FinalRead> last(PartitionId id, History history) {
    return find(history, FinalRead.class, whole -> whole.partition().equals(id));
  }

  private static boolean kept(Produce ack, History history) {
    return last(ack.partition(), history)
        .filter(whole -> whole.logStartOffset() <= ack.written().firstOffset())
        .isPresent();
  }

  private static boolean keeps(Read read, History history) {
    return !read.answer().records().isEmpty()
        && last(read.partition(), history)
            .filter(w -> w.logStartOffset() <= read.answer().records().get(0).offset())
            .isPresent();
  }

  private static Optional<Long> end(Resolve resolve, History history) {
    return last(resolve.partition(), history).map(FinalRead::endOffset);
  }

  private static long keptFrom(Resolve resolve, History history) {
    return last(resolve.partition(), history).map(FinalRead::logStartOffset).orElse(0L);
  }

  private static Optional<Produce> ackBefore(
      Call call, int partition, Operation truth, History history) {
    long topicId =
        truth instanceof Read read
            ? read.partition().topicId()
            : ((Resolve) truth).partition().topicId();
    return find(
        history,
        Produce.class,
        ack ->
            ack.placed()
                && ack.partition().partition() == partition
                && ack.partition().topicId() == topicId
                && ack.call().precedes(call));
  }

  private static Optional<Value> oldValue(long topicId, History history) {
    Optional<Admin> made =
        find(
            history,
            Admin.class,
            admin ->
                admin.action() == Admin.Action.CREATE && admin.partition().topicId() == topicId);
    return made.flatMap(
            create ->
                find(
                    history,
                    Produce.class,
                    ack ->
                        ack.succeeded()
                            && ack.sending().attempts() == 1
                            && ack.call().precedes(create.call())))
        .map(ack -> ack.values().get(0));
  }

  private static boolean onlyTrimOfAcked(Admin trim, History history) {
    long others = 0;
    for (Operation operation : history.operations()) {
      if (operation instanceof Admin other
          && other.id() != trim.id()
          && other.action() == Admin.Action.TRIM
          && other.partition().equals(trim.partition())) {
        others = Math.max(others, other.beforeOffset());
      }
    }
    long allowed = others;
    Optional<FinalRead> last = last(trim.partition(), history);
    return last.isPresent()
        && find(
                history,
                Produce.class,
                ack ->
                    ack.placed()
                        && ack.partition().equals(trim.partition())
                        && ack.lastOffset() >= allowed
                        && ack.lastOffset() < last.get().logStartOffset())
            .isPresent();
  }

  private static int attempts(Value value, History history) {
    return find(history, Produce.class, produce -> produce.values().contains(value))
        .map(produce -> produce.sending().idempotent() ? 1 : produce.sending().attempts())
        .orElse(0);
  }

  private static <T extends Operation> Optional<T> find(
      History history, Class<T> kind, Predicate<T> wanted) {
    return history.operations().stream()
        .filter(kind::isInstance)
        .map(kind::cast)
        .filter(wanted)
        .findFirst();
  }
}
