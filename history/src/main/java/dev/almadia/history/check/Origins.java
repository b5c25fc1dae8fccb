// SPDX-License-Identifier: Apache-2.0
package dev.almadia.history.check;

import dev.almadia.history.Call;
import dev.almadia.history.Outcome;
import dev.almadia.history.Produce;
import org.jspecify.annotations.Nullable;

/** Where values come from: bytes that changed, values nobody sent, refused ones, old lives. */
final class Origins implements Checker {
  @Override
  public void check(Evidence evidence, Findings findings) {
    for (PartitionEvidence partition : evidence.partitions()) {
      for (Sighting sighting : partition.sightings) {
        check(sighting, partition, evidence, findings);
      }
    }
  }

  private static void check(
      Sighting seen, PartitionEvidence partition, Evidence evidence, Findings findings) {
    String place = partition.id + " offset " + seen.offset() + " gave " + seen;
    if (seen.value().damaged()) {
      findings.add(Rule.CHANGED_BYTES, place, seen.call().id());
      return;
    }
    Sent sent = evidence.sent(seen.value());
    if (sent == null) {
      findings.add(Rule.PHANTOM, place + ", which nobody sent", seen.call().id());
      return;
    }
    Produce produce = sent.produce();
    String origin = ", sent by " + produce.call();
    long[] both = {seen.call().id(), produce.id()};
    if (sent.allRefused()) {
      String refusal = origin + " and said not to be applied";
      findings.add(Rule.WRONG_NOT_APPLIED, place + refusal, both);
    } else if (sent.firstInvokedNanos() > seen.call().completedNanos()) {
      findings.add(Rule.PHANTOM, place + origin + ", which was later", both);
    } else if (seen.value().topicId() != partition.id.topicId()) {
      if (!mayHaveMetTheNewTopic(sent, evidence.creation(partition.id.topicId()))) {
        findings.add(Rule.OLD_LIFE, place + origin + " to " + produce.partition(), both);
      }
    } else if (!sent.mayBeIn(partition.id.partition())) {
      findings.add(Rule.PHANTOM, place + origin + " to " + produce.partition(), both);
    }
  }

  /**
   * A request names its topic. One that was not answered before the next incarnation was asked for
   * may arrive there, and its writer cannot know; so may a forgotten attempt of one that was.
   */
  private static boolean mayHaveMetTheNewTopic(Sent sent, @Nullable Call creation) {
    Produce produce = sent.produce();
    boolean over =
        creation != null
            && produce.outcome() == Outcome.APPLIED
            && produce.sending().attempts() == 1
            && produce.call().precedes(creation);
    return creation != null && !over;
  }
}
