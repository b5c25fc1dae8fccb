// SPDX-License-Identifier: Apache-2.0
package dev.almadia.cli;

import dev.almadia.client.Admin;
import dev.almadia.client.AlmadiaClient;
import dev.almadia.v1.ChangeReplicationFactorRequest;

/** Changes how many replicas the partitions of a topic have. One use. */
final class ReplicationChange {
  private final Console console;
  private final GlobalOptions global;
  private final WaitOptions waiting;
  private final String topic;
  private final int replicationFactor;

  ReplicationChange(
      Console console,
      GlobalOptions global,
      WaitOptions waiting,
      String topic,
      int replicationFactor) {
    this.console = console;
    this.global = global;
    this.waiting = waiting;
    this.topic = topic;
    this.replicationFactor = replicationFactor;
  }

  /** Plans it, and without dry run does it. */
  int run(boolean dryRun, boolean yes) {
    PlanOptions planned = new PlanOptions();
    planned.dryRun = dryRun;
    ChangeReplicationFactorRequest request =
        ChangeReplicationFactorRequest.newBuilder()
            .setTopic(topic)
            .setReplicationFactor(replicationFactor)
            .setThrottleBytesPerSecond(waiting.throttleBytesPerSecond)
            .build();
    try (AlmadiaClient client = global.connect()) {
      Admin admin = client.admin();
      int before = admin.getTopic(topic).getReplicationFactor();
      return new OperationOrder(console, global, planned, waiting)
          .run(
              admin,
              new OperationOrder.Order(
                  "topic '" + topic + "' from " + before + " to " + replicationFactor + " replicas",
                  () ->
                      admin.changeReplicationFactor(
                          request.toBuilder().setValidateOnly(true).build()),
                  plan -> admin.changeReplicationFactor(request),
                  false,
                  replicationFactor < before && !yes ? () -> confirm(before) : null));
    }
  }

  private void confirm(int before) {
    String what =
        "the replicas of topic '" + topic + "' from " + before + " to " + replicationFactor;
    Confirmation.ask(
        console, "This reduces " + what + ".", topic, "reducing " + what + " needs --yes");
  }
}
