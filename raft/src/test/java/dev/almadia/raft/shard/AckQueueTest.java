// SPDX-License-Identifier: Apache-2.0
package dev.almadia.raft.shard;

import static org.assertj.core.api.Assertions.assertThat;

import dev.almadia.raft.core.EntryDraft;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class AckQueueTest {
  private final List<String> heard = new ArrayList<>();
  private final AckQueue acks = new AckQueue();

  @Test
  void succeedsInOrderUpToTheIndexThatIsProven() {
    add(5, 10);
    add(5, 11);
    add(5, 12);

    acks.complete(11, nanos -> {});

    assertThat(heard).containsExactly("10 committed", "11 committed");
    assertThat(acks.pendingBytes()).isEqualTo(100);
  }

  @Test
  void whatIsNotProvenWhenLeadershipEndsIsUnknownThoughItsIndexIsCommittedLater() {
    add(5, 10);
    add(5, 11);

    acks.loseAfter(10);
    acks.complete(11, nanos -> {});

    assertThat(heard).containsExactly("11 OUTCOME_UNKNOWN", "10 committed");
    assertThat(acks.isEmpty()).isTrue();
    assertThat(acks.pendingBytes()).isZero();
  }

  @Test
  void theLostHearInTheOrderOfTheirIndexes() {
    add(5, 10);
    add(5, 11);
    add(5, 12);

    acks.loseAfter(10);

    assertThat(heard).containsExactly("11 OUTCOME_UNKNOWN", "12 OUTCOME_UNKNOWN");
  }

  @Test
  void whoAppendedNothingWaitsForWhatIsBeforeItAndMayAskAgainWhenThatIsLost() {
    add(5, 10);
    addSettling(10);
    addSettling(10);
    add(5, 11);
    addSettling(11);

    acks.complete(9, nanos -> {});
    assertThat(heard).isEmpty();
    acks.complete(10, nanos -> {});
    assertThat(heard).containsExactly("10 committed", "10 settled", "10 settled");
    acks.loseAfter(10);

    assertThat(heard).endsWith("11 OUTCOME_UNKNOWN", "11 NOT_LEADER");
    assertThat(acks.pendingBytes()).isZero();
  }

  private void add(long term, long index) {
    acks.add(new AckQueue.Ack(index, term, new Told(index), true, 100, 0));
  }

  private void addSettling(long index) {
    acks.add(new AckQueue.Ack(index, 5, new Told(index), false, 0, 0));
  }

  private final class Told implements Proposal {
    private final long index;

    Told(long index) {
      this.index = index;
    }

    @Override
    public int costBytes() {
      return 100;
    }

    @Override
    public EntryDraft draft(Place place, StateMachine machine) {
      throw new AssertionError("was drafted already");
    }

    @Override
    public void onCommitted(long committedIndex, long term) {
      heard.add(committedIndex + " committed");
    }

    @Override
    public void onSettled() {
      heard.add(index + " settled");
    }

    @Override
    public void onFailed(ProposalFailure failure) {
      heard.add(index + " " + failure);
    }
  }
}
