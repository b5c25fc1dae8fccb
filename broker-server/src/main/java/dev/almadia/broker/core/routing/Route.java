// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.core.routing;

import dev.almadia.broker.core.BrokerError;

/** Where a call about one partition (or the metadata) is to be done. */
public sealed interface Route {
  /** Here: this broker leads the group and may serve. */
  record Local(long groupId, long term) implements Route {}

  /** On another broker, which is thought to lead. */
  record Forward(int brokerId, long groupId) implements Route {}

  /** Nowhere at the moment; a later try may find a leader. The error says so if it may not wait. */
  record NoLeader(BrokerError error) implements Route {}

  /** Nowhere, and trying again changes nothing. */
  record Refused(BrokerError error) implements Route {}
}
