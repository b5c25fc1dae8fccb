// SPDX-License-Identifier: Apache-2.0
package dev.almadia.history.check;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;

/** What the checkers found so far. One thread. */
final class Findings {
  /** A broken run may break a rule at every offset; the first ones tell the story. */
  private static final int PER_RULE_MAX = 50;

  private final List<Anomaly> all = new ArrayList<>();
  private final Map<Rule, Integer> counts = new EnumMap<>(Rule.class);

  /** Adds an anomaly, if there are not too many of its rule. */
  void add(Rule rule, String text, long... operationIds) {
    if (counts.merge(rule, 1, Integer::sum) <= PER_RULE_MAX) {
      List<Long> ids = LongStream.of(operationIds).distinct().boxed().toList();
      all.add(new Anomaly(rule.title(), rule.guarantee(), text, ids));
    }
  }

  List<Anomaly> all() {
    return List.copyOf(all);
  }
}
