// SPDX-License-Identifier: Apache-2.0
package dev.almadia.simulation.workload;

import com.google.protobuf.ByteString;
import com.google.protobuf.FieldMask;
import dev.almadia.simulation.kernel.EventLoop;
import dev.almadia.v1.ConsumerServiceGrpc;
import dev.almadia.v1.CreateTopicRequest;
import dev.almadia.v1.CreateTopicResponse;
import dev.almadia.v1.Earliest;
import dev.almadia.v1.FetchRequest;
import dev.almadia.v1.FetchResponse;
import dev.almadia.v1.GetTopicRequest;
import dev.almadia.v1.GetTopicResponse;
import dev.almadia.v1.Position;
import dev.almadia.v1.ProduceRequest;
import dev.almadia.v1.ProduceResponse;
import dev.almadia.v1.ProducerServiceGrpc;
import dev.almadia.v1.Record;
import dev.almadia.v1.RecordBatch;
import dev.almadia.v1.RecordSet;
import dev.almadia.v1.SubscribeProgress;
import dev.almadia.v1.SubscribeRequest;
import dev.almadia.v1.SubscribedRecords;
import dev.almadia.v1.Topic;
import dev.almadia.v1.TopicServiceGrpc;
import dev.almadia.v1.UpdateTopicRequest;
import dev.almadia.v1.UpdateTopicResponse;
import dev.almadia.v1.WriteOutcome;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What must hold at once when nothing breaks, asked of some healthy brokers at once: who created a
 * topic through a broker can see it there, one etag is good for one change, and a record reaches
 * who has waited for it long: a reader, after another one has given up, and a subscription.
 *
 * <p>A step that fails for a reason that may pass ends the questions to that broker: that a healed
 * cluster serves is the business of others.
 */
final class FreshTopics {
  private static final long DEADLINE_MILLIS = 5_000;

  /** Longer than a broker itself waits on behalf of a subscription. */
  private static final int SHORT_WAIT_MILLIS = 11_000;

  private static final int LONG_WAIT_MILLIS = 29_000;
  private static final long SUBSCRIBED_MILLIS = 40_000;
  private static final long WOKEN_MILLIS_MAX = 10_000;
  private static final int REPLICAS_MAX = 3;

  private final Caller caller;
  private final List<Integer> brokers;
  private int asking;

  /**
   * Questions.
   *
   * @param brokers the healthy ones that are asked
   */
  FreshTopics(Caller caller, List<Integer> brokers) {
    this.caller = caller;
    this.brokers = List.copyOf(brokers);
  }

  void start() {
    asking = brokers.size();
    brokers.forEach(broker -> new Asking(broker).create());
  }

  boolean isDone() {
    return asking == 0;
  }

  /** One broker. */
  private final class Asking implements SubscribeCall.Listener {
    private final int broker;
    private final String name;
    private EventLoop.@Nullable Event watch;
    private @Nullable SubscribeCall subscription;
    private boolean readerHeard;
    private boolean subscriberHeard;
    private int updates;
    private int changes;
    private boolean over;

    private Asking(int broker) {
      this.broker = broker;
      this.name = "fresh-" + broker;
    }

    private Caller.Ask ask(String method) {
      return new Caller.Ask(method, broker, DEADLINE_MILLIS, false);
    }

    private void end() {
      if (!over) {
        over = true;
        asking--;
        EventLoop.Event watching = watch;
        if (watching != null) {
          watching.cancel();
        }
        SubscribeCall open = subscription;
        if (open != null) {
          open.cancel("enough");
        }
      }
    }

    private void create() {
      int active = caller.world().activeBrokers();
      Topic wanted =
          Topic.newBuilder()
              .setTopic(name)
              .setPartitions(1)
              .setReplicationFactor(Math.min(REPLICAS_MAX, active))
              .build();
      caller.<TopicServiceGrpc.TopicServiceStub, CreateTopicResponse>call(
          ask("CreateTopic"),
          TopicServiceGrpc::newStub,
          (stub, out) ->
              stub.createTopic(CreateTopicRequest.newBuilder().setTopic(wanted).build(), out),
          response -> look(response.getTopic()),
          problem -> end());
    }

    private void look(Topic made) {
      caller.<TopicServiceGrpc.TopicServiceStub, GetTopicResponse>call(
          ask("GetTopic"),
          TopicServiceGrpc::newStub,
          (stub, out) -> stub.getTopic(GetTopicRequest.newBuilder().setTopic(name).build(), out),
          response -> updateTwice(made.getEtag()),
          problem -> {
            if (problem.is("TOPIC_NOT_FOUND")) {
              broken("a topic can be seen where its creation was answered", problem.toString());
            }
            end();
          });
    }

    /** Two changes at once from the same state: at most one of them is made. */
    private void updateTwice(String etag) {
      update(etag);
      update(etag);
    }

    private void update(String etag) {
      UpdateTopicRequest request =
          UpdateTopicRequest.newBuilder()
              .setTopic(
                  Topic.newBuilder()
                      .setTopic(name)
                      .putLabels("colour", "c" + caller.random().below(1_000_000)))
              .setUpdateMask(FieldMask.newBuilder().addPaths("labels"))
              .setEtag(etag)
              .build();
      caller.<TopicServiceGrpc.TopicServiceStub, UpdateTopicResponse>call(
          ask("UpdateTopic"),
          TopicServiceGrpc::newStub,
          (stub, out) -> stub.updateTopic(request, out),
          response -> updated(true),
          problem -> updated(false));
    }

    private void updated(boolean applied) {
      updates++;
      changes += applied ? 1 : 0;
      if (changes > 1) {
        broken("an etag is good for one change", "two changes were made with it");
      }
      if (updates == 2) {
        waitForRecord();
      }
    }

    private void waitForRecord() {
      SubscribeRequest request =
          SubscribeRequest.newBuilder()
              .setTopic(name)
              .setStart(Position.newBuilder().setEarliest(Earliest.getDefaultInstance()))
              .setProgressIntervalMs(1_000)
              .build();
      SubscribeCall.Reader reader = new SubscribeCall.Reader(0, SUBSCRIBED_MILLIS, false);
      SubscribeCall call = new SubscribeCall(caller, broker, reader, this);
      subscription = call;
      call.open(request);
      fetch(LONG_WAIT_MILLIS, () -> heard(true, false));
      fetch(SHORT_WAIT_MILLIS, this::produce);
    }

    private void heard(boolean reader, boolean subscriber) {
      readerHeard |= reader;
      subscriberHeard |= subscriber;
      if (readerHeard && subscriberHeard) {
        end();
      }
    }

    @Override
    public void records(SubscribedRecords message, String where) {
      heard(false, true);
    }

    @Override
    public void progress(SubscribeProgress message, String where) {
      // It lives.
    }

    @Override
    public void ended(@Nullable Problem problem) {
      end();
    }

    private void fetch(int waitMillis, Runnable answered) {
      FetchRequest request =
          FetchRequest.newBuilder()
              .setTopic(name)
              .setPosition(Position.newBuilder().setEarliest(Earliest.getDefaultInstance()))
              .setMaxWaitMs(waitMillis)
              .build();
      caller.<ConsumerServiceGrpc.ConsumerServiceStub, FetchResponse>call(
          new Caller.Ask("Fetch", broker, waitMillis + DEADLINE_MILLIS, false),
          ConsumerServiceGrpc::newStub,
          (stub, out) -> stub.fetch(request, out),
          response -> answered.run(),
          problem -> end());
    }

    private void produce() {
      Record record = Record.newBuilder().setValue(ByteString.copyFromUtf8("fresh")).build();
      ProduceRequest request =
          ProduceRequest.newBuilder()
              .setTopic(name)
              .setPartition(0)
              .setBatch(
                  RecordBatch.newBuilder()
                      .setRecords(RecordSet.newBuilder().addRecords(record))
                      .setRecordCount(1))
              .build();
      caller.<ProducerServiceGrpc.ProducerServiceStub, ProduceResponse>call(
          ask("Produce"),
          ProducerServiceGrpc::newStub,
          (stub, out) -> stub.produce(request, out),
          response -> {
            if (response.getResults(0).getOutcome() == WriteOutcome.WRITE_OUTCOME_APPLIED) {
              watch();
            } else {
              end();
            }
          },
          problem -> end());
    }

    private void watch() {
      if (!over) {
        watch =
            caller
                .process()
                .afterMillis(
                    WOKEN_MILLIS_MAX,
                    () -> {
                      if (!over) {
                        caller
                            .world()
                            .conduct()
                            .broken(
                                "G11",
                                "who waits hears of a record",
                                where()
                                    + ": nothing in "
                                    + WOKEN_MILLIS_MAX
                                    + " ms for the "
                                    + (readerHeard ? "subscription" : "reader"));
                        end();
                      }
                    });
      }
    }

    private String where() {
      return caller.where("questions", broker) + ", topic " + name;
    }

    private void broken(String rule, String text) {
      caller.world().conduct().broken("G5", rule, where() + ": " + text);
    }
  }
}
