// SPDX-License-Identifier: Apache-2.0
package dev.almadia.raft.shard;

import static org.assertj.core.api.Assertions.assertThat;

import dev.almadia.raft.core.EntryDraft;
import dev.almadia.raft.testing.MemoryCluster;
import dev.almadia.raft.testing.TestProposal;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Proposals that append nothing, because of what they see. */
class SettlingTest {
  private static final long GROUP = 7;

  private final MemoryCluster cluster = MemoryCluster.ofThree(1);
  private final List<String> journal = new ArrayList<>();

  @BeforeEach
  void aGroup() {
    cluster.create(GROUP);
    cluster.awaitLeaders();
  }

  private TestProposal appending(String content) {
    return new TestProposal(content.getBytes(StandardCharsets.UTF_8), journal);
  }

  private final class Declining implements Proposal {
    private StateMachine seen;

    @Override
    public int costBytes() {
      return 10;
    }

    @Override
    public EntryDraft draft(Place place, StateMachine machine) {
      seen = machine;
      return null;
    }

    @Override
    public void onCommitted(long index, long term) {
      throw new AssertionError("it appended nothing");
    }

    @Override
    public void onSettled() {
      journal.add("settled");
    }

    @Override
    public void onFailed(ProposalFailure failure) {
      journal.add("declined " + failure);
    }
  }

  private void propose(Proposal proposal) {
    cluster.broker(1).node().propose(GROUP, proposal);
  }

  @Test
  void theyAreSettledInTheirPlaceWhenAllBeforeThemIsCommitted() {
    cluster.broker(2).diskHangs();
    cluster.broker(3).diskHangs();
    propose(appending("one"));
    Declining declining = new Declining();
    propose(declining);
    propose(appending("two"));
    propose(new Declining());
    cluster.run(500);
    assertThat(journal).isEmpty();
    assertThat(declining.seen).isSameAs(cluster.broker(1).machine(GROUP));

    cluster.broker(2).diskPause(0);
    cluster.runUntil("all", 500, () -> journal.size() == 4);
    assertThat(journal).containsExactly("committed 2", "settled", "committed 3", "settled");
  }

  @Test
  void withNothingBeforeThemTheyAreSettledAtOnce() {
    cluster.run(500);
    long last = cluster.broker(1).node().view(GROUP).lastIndex();
    propose(new Declining());
    propose(new Declining());
    cluster.run(1);

    assertThat(journal).containsExactly("settled", "settled");
    assertThat(cluster.broker(1).node().view(GROUP).lastIndex()).isEqualTo(last);
  }

  @Test
  void ifWhatTheySawIsLostTheyMayAskAgain() {
    cluster.run(500);
    cluster.network().cut(1, 2);
    cluster.network().cut(1, 3);
    propose(appending("lost"));
    propose(new Declining());
    cluster.runUntil("its end", 10_000, () -> journal.size() == 2);

    assertThat(journal).containsExactly("failed OUTCOME_UNKNOWN", "declined NOT_LEADER");
  }
}
