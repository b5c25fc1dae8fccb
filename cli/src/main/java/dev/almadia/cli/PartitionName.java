// SPDX-License-Identifier: Apache-2.0
package dev.almadia.cli;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * A partition as people write it: {@code orders/3}.
 *
 * @param topic its topic
 * @param partition its number, from 0
 */
record PartitionName(String topic, int partition) {
  private static final int BROKER_ID_MAX = 65_535;

  /**
   * Reads {@code orders/3}.
   *
   * @throws CliException with one line
   */
  static PartitionName parse(String text) {
    int slash = text.lastIndexOf('/');
    String number = text.substring(slash + 1);
    if (slash < 1 || !number.matches("[0-9]{1,9}")) {
      throw CliException.usage(
          "'" + text + "' is no partition; write topic and number, such as orders/3");
    }
    return new PartitionName(text.substring(0, slash), Integer.parseInt(number));
  }

  /**
   * Reads broker ids separated by commas: {@code 1,2,4}.
   *
   * @param option where they stand, for the message
   * @throws CliException with one line
   */
  static List<Integer> brokers(String option, String text) {
    Set<Integer> ids = new LinkedHashSet<>();
    for (String part : text.split(",", -1)) {
      String id = part.strip();
      if (!id.matches("[0-9]{1,5}") || Integer.parseInt(id) < 1 || idOf(id) > BROKER_ID_MAX) {
        throw CliException.usage(
            option + ": '" + text + "' are no broker ids; write them with commas, such as 1,2,4");
      }
      if (!ids.add(idOf(id))) {
        throw CliException.usage(option + ": broker " + id + " is named twice in '" + text + "'");
      }
    }
    return new ArrayList<>(ids);
  }

  private static int idOf(String digits) {
    return Integer.parseInt(digits);
  }

  @Override
  public String toString() {
    return topic + "/" + partition;
  }
}
