// SPDX-License-Identifier: Apache-2.0
package dev.almadia.raft.shard;

import static org.assertj.core.api.Assertions.assertThat;

import dev.almadia.raft.core.EntryId;
import dev.almadia.raft.core.Message;
import dev.almadia.raft.link.GroupMessage;
import dev.almadia.raft.testing.Entries;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

class ShardMailboxTest {
  private static final Message BEAT = new Message.Heartbeat(2, 1, 5, 0, 0);

  private final List<String> heard = new ArrayList<>();
  private final AgentSignal signal = new AgentSignal(() -> heard.add("wake"));
  private final ShardMailbox mailbox =
      new ShardMailbox(new ShardLimits(4, 1000, 0, 0, 0, 0), signal);

  @Test
  void aFullMailboxFailsRequestsAtOnceUntilTheShardIsDoneWithSome() {
    for (int i = 0; i < 5; i++) {
      mailbox.request(read(i));
    }
    assertThat(heard).containsExactly("wake", "4 OVERLOADED");

    ShardMailbox.Request polled = mailbox.pollRequest();
    mailbox.request(read(5));
    assertThat(heard).as("polled is not done").contains("5 OVERLOADED");

    mailbox.release(polled);
    mailbox.request(read(6));
    assertThat(heard).doesNotContain("6 OVERLOADED");
    assertThat(mailbox.refusedRequests()).isEqualTo(2);
  }

  @Test
  void aFloodOfAppendsDoesNotKeepBeatsOut() {
    GroupMessage append = append(1, 5);
    mailbox.receive(List.of(append));
    mailbox.receive(List.of(append));
    mailbox.receive(List.of(append));

    mailbox.receive(List.of(new GroupMessage(1, BEAT)));

    assertThat(mailbox.droppedMessages()).isEqualTo(1);
    assertThat(mailbox.pollControl()).isNotNull();
  }

  @Test
  void aMixedBatchIsAccountedWhereEachBelongs() {
    GroupMessage append = append(1, 5);
    mailbox.receive(List.of(append, new GroupMessage(1, BEAT)));
    assertThat(mailbox.depth()).isEqualTo(2);

    mailbox.release(append.message());
    mailbox.release(BEAT);

    assertThat(mailbox.depth()).isZero();
  }

  @Test
  void whatIsLargerThanTheBoundPassesAlone() {
    GroupMessage large = append(1, 50);
    mailbox.receive(List.of(large));
    mailbox.receive(List.of(large));

    assertThat(mailbox.pollData()).isNotNull();
    assertThat(mailbox.droppedMessages()).isEqualTo(1);
  }

  @Test
  void oneWakeUpServesAllThatCameBeforeTheTurn() {
    mailbox.post(shard -> {});
    mailbox.post(shard -> {});
    signal.lower();
    mailbox.post(shard -> {});

    assertThat(heard).containsExactly("wake", "wake");
  }

  @Test
  void aClosedMailboxFailsWithStoppingAlsoWhatSlippedIn() {
    mailbox.request(read(1));
    mailbox.close();
    mailbox.request(read(2));
    mailbox.abandon();

    assertThat(heard).containsExactly("wake", "2 STOPPING", "1 STOPPING");
  }

  private static GroupMessage append(long groupId, int entries) {
    return new GroupMessage(
        groupId,
        new Message.AppendRequest(
            2, 1, 5, EntryId.ZERO, 0, 0, Collections.nCopies(entries, Entries.entry(1, 1, 1, 36))));
  }

  private ShardMailbox.Request read(int number) {
    return new ShardMailbox.Request(
        1,
        null,
        new ReadCallback() {
          @Override
          public void onReady(GroupView view) {
            heard.add(number + " ready");
          }

          @Override
          public void onFailed(ProposalFailure failure) {
            heard.add(number + " " + failure);
          }
        });
  }
}
