// SPDX-License-Identifier: Apache-2.0
package dev.almadia.raft.core;

import dev.almadia.raft.core.config.GroupConfig;
import dev.almadia.raft.core.config.MemberTarget;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Runs a script against a cluster and writes down what happens. A line that begins with {@code >}
 * is a command, what follows it is its output; {@code #} begins a comment.
 *
 * <pre>
 *   cluster N [learner]     N voters; with a learner behind them if asked
 *   random R                draws give R from now on: an election timeout is 10 + R ticks
 *   random stagger          draws give 0, 3, 6 and so on
 *   limits TAIL WINDOW [B]  limits in bytes, messages, and bytes per request of later clusters
 *   tick ID|all N           time passes; nothing is delivered or persisted meanwhile
 *   run N                   time passes for all; everything is delivered and persisted, silently
 *   deliver                 every message on the way arrives, in order; new ones stay on the way
 *   settle                  deliver, persist and load until nothing happens, silently
 *   settle_others ID        the same, but the disk of this replica does nothing
 *   drop FROM TO            messages on the way are lost; * is anybody
 *   hold FROM TO            messages on the way are taken aside; copy does so with a copy of them
 *   release                 what was taken aside is on the way again
 *   cut A B, heal           nothing gets through between them, until healed
 *   propose ID TEXT...      one entry each
 *   write ID, complete ID   the oldest write reaches the disk, the news of it arrive
 *   persist ID|all          all of both
 *   advance ID INDEX        entries up to this one may go, in all replicas
 *   open ID                 a replica that is to join, with an empty disk
 *   target ID|all V.. [with L..] [at VERSION]
 *                           the members that the group is to have
 *   force ID V..            a replica makes itself leader of these voters
 *   members                 the configuration in force of each
 *   destroy ID              a replica is gone with its disk
 *   read ID, transfer ID TO, campaign ID, unreachable ID PEER, reachable ID PEER
 *   crash ID, lose ID INDEX, restart ID
 *   status, log ID, network
 * </pre>
 */
final class Transcript {
  private final List<String> output = new ArrayList<>();
  private final List<Message> held = new ArrayList<>();
  private final List<int[]> cuts = new ArrayList<>();
  private TestCluster cluster;
  private int draw;
  private int tailBytesMax = 1 << 20;
  private int windowMax = 8;
  private int appendBytesMax = 1 << 16;
  private boolean isStaggered;
  private long targetVersion;
  private int eventsSeen;

  static List<String> run(List<String> lines) {
    Transcript transcript = new Transcript();
    List<String> result = new ArrayList<>();
    for (String line : lines) {
      if (line.isBlank() || line.startsWith("#")) {
        result.add(line);
      } else if (line.startsWith("> ")) {
        result.add(line);
        result.addAll(transcript.command(line.substring(2)));
      }
    }
    return result;
  }

  private List<String> command(String line) {
    output.clear();
    String[] words = line.trim().split(" +");
    if (!setUp(words) && !time(words) && !network(words) && !disk(words) && !ask(words)) {
      throw new IllegalArgumentException("unknown command: " + line);
    }
    List<String> events = cluster == null ? List.of() : cluster.events;
    List<String> result = new ArrayList<>(output);
    result.addAll(events.subList(Math.min(eventsSeen, events.size()), events.size()));
    eventsSeen = events.size();
    return result;
  }

  private boolean setUp(String[] words) {
    switch (words[0]) {
      case "cluster" -> {
        List<Integer> voters = new ArrayList<>();
        for (int id = 1; id <= Integer.parseInt(words[1]); id++) {
          voters.add(id);
        }
        List<Integer> learners = words.length > 2 ? List.of(voters.size() + 1) : List.of();
        CoreConfig settings =
            new CoreConfig(
                TestCluster.GROUP,
                0,
                10,
                2,
                windowMax,
                1 << 20,
                appendBytesMax,
                1 << 20,
                tailBytesMax,
                1 << 20);
        cluster =
            new TestCluster(new GroupConfig(voters, List.of(), learners), settings, this::draw);
        eventsSeen = 0;
        targetVersion = 0;
        network(new String[] {"heal"});
        held.clear();
      }
      case "random" -> {
        isStaggered = words[1].equals("stagger");
        draw = isStaggered ? 0 : Integer.parseInt(words[1]);
      }
      case "limits" -> {
        tailBytesMax = Integer.parseInt(words[1]);
        windowMax = Integer.parseInt(words[2]);
        appendBytesMax = words.length > 3 ? Integer.parseInt(words[3]) : 1 << 16;
      }
      case "members" -> {
        for (TestCluster.Node node : cluster.up()) {
          output.add(node.id + " " + TestCluster.text(node.core));
        }
      }
      case "status" -> cluster.nodes.values().forEach(node -> output.add(status(node)));
      case "log" -> output.add(log(id(words[1])));
      case "network" -> cluster.network.forEach(message -> output.add(text(message)));
      default -> {
        return false;
      }
    }
    return true;
  }

  private boolean time(String[] words) {
    switch (words[0]) {
      case "tick" -> {
        for (int i = 0; i < Integer.parseInt(words[2]); i++) {
          ids(words[1]).forEach(cluster::tick);
        }
      }
      case "run" -> {
        for (int i = 0; i < Integer.parseInt(words[1]); i++) {
          ids("all").forEach(cluster::tick);
          settle(0);
        }
      }
      case "settle" -> settle(0);
      case "settle_others" -> settle(id(words[1]));
      default -> {
        return false;
      }
    }
    return true;
  }

  private boolean network(String[] words) {
    switch (words[0]) {
      case "deliver" -> {
        List<Message> now = new ArrayList<>(cluster.network);
        cluster.network.clear();
        for (Message message : now) {
          output.add((isCut(message) ? "lost " : "") + text(message));
          arrive(message);
        }
      }
      case "drop" -> cluster.network.removeIf(message -> isOn(message, words));
      case "hold" -> {
        cluster.network.stream().filter(message -> isOn(message, words)).forEach(held::add);
        cluster.network.removeIf(message -> isOn(message, words));
      }
      case "copy" ->
          cluster.network.stream().filter(message -> isOn(message, words)).forEach(held::add);
      case "release" -> {
        cluster.network.addAll(held);
        held.clear();
      }
      case "cut" -> cuts.add(new int[] {id(words[1]), id(words[2])});
      case "heal" -> cuts.clear();
      default -> {
        return false;
      }
    }
    return true;
  }

  private boolean disk(String[] words) {
    switch (words[0]) {
      case "write" -> cluster.write(id(words[1]));
      case "complete" -> cluster.complete(id(words[1]));
      case "persist" -> ids(words[1]).forEach(cluster::persist);
      case "crash" -> cluster.crash(id(words[1]));
      case "lose" -> cluster.node(id(words[1])).disk.loseFrom(id(words[2]));
      case "advance" -> cluster.advance(id(words[1]), id(words[2]));
      case "open" -> cluster.open(id(words[1]), GroupConfig.UNKNOWN);
      case "destroy" -> cluster.destroy(id(words[1]));
      case "restart" -> cluster.restart(id(words[1]));
      default -> {
        return false;
      }
    }
    return true;
  }

  private boolean ask(String[] words) {
    int id = words.length > 1 && !words[1].equals("all") ? id(words[1]) : 0;
    switch (words[0]) {
      case "propose" -> {
        ProposeResult result = cluster.propose(id, Arrays.copyOfRange(words, 2, words.length));
        output.add(
            result.outcome() + (result.firstIndex() == 0 ? "" : " at " + result.firstIndex()));
      }
      case "read" -> {
        long request = cluster.read(id);
        output.add(request == 0 ? "not a leader" : "request " + request);
      }
      case "transfer" -> cluster.step(id, new RaftInput.TransferTo(id(words[2])));
      case "target" -> {
        MemberTarget target = target(words);
        ids(words[1]).forEach(member -> cluster.step(member, new RaftInput.SetTarget(target)));
      }
      case "force" -> {
        List<Integer> voters = new ArrayList<>();
        for (int i = 2; i < words.length; i++) {
          voters.add(id(words[i]));
        }
        output.add(cluster.force(id, voters).toString());
      }
      case "campaign" -> cluster.step(id, new RaftInput.Campaign());
      case "unreachable" -> cluster.step(id, new RaftInput.PeerUnreachable(id(words[2])));
      case "reachable" -> cluster.step(id, new RaftInput.PeerReachable(id(words[2])));
      default -> {
        return false;
      }
    }
    return true;
  }

  private MemberTarget target(String[] words) {
    List<Integer> voters = new ArrayList<>();
    List<Integer> learners = new ArrayList<>();
    List<Integer> members = voters;
    for (int i = 2; i < words.length; i++) {
      switch (words[i]) {
        case "with" -> members = learners;
        case "at" -> targetVersion = id(words[++i]) - 1;
        default -> members.add(id(words[i]));
      }
    }
    return new MemberTarget(++targetVersion, voters, learners);
  }

  private int draw(int bound) {
    int drawn = Math.min(draw, bound - 1);
    if (isStaggered) {
      draw = (draw + 3) % 10;
    }
    return drawn;
  }

  private void settle(int exceptDisk) {
    for (int round = 0; round < 100; round++) {
      List<Message> now = new ArrayList<>(cluster.network);
      cluster.network.clear();
      now.forEach(this::arrive);
      for (TestCluster.Node node : cluster.up()) {
        if (node.id != exceptDisk) {
          cluster.persist(node.id);
          cluster.answerLoad(node.id, true);
        }
      }
      if (cluster.network.isEmpty()) {
        return;
      }
    }
    throw new AssertionError("endless talk: " + cluster.network);
  }

  private void arrive(Message message) {
    if (!isCut(message)) {
      cluster.deliver(message);
    }
  }

  private boolean isCut(Message message) {
    return cuts.stream()
        .anyMatch(
            cut ->
                (cut[0] == message.from() && cut[1] == message.to())
                    || (cut[1] == message.from() && cut[0] == message.to()));
  }

  private static boolean isOn(Message message, String[] words) {
    return (words[1].equals("*") || id(words[1]) == message.from())
        && (words[2].equals("*") || id(words[2]) == message.to());
  }

  private List<Integer> ids(String word) {
    return word.equals("all") ? List.copyOf(cluster.nodes.keySet()) : List.of(id(word));
  }

  private static int id(String word) {
    return Integer.parseInt(word);
  }

  private String log(int id) {
    StringBuilder text = new StringBuilder();
    RaftCore core = cluster.node(id).core;
    for (long index = core.logStart().index() + 1; index <= core.last().index(); index++) {
      text.append(text.isEmpty() ? "" : " ").append(core.state().log.termAt(index));
    }
    return "terms " + text;
  }

  private static String status(TestCluster.Node node) {
    if (!node.isUp()) {
      return node.id + " down";
    }
    RaftCore core = node.core;
    StringBuilder text = new StringBuilder();
    text.append(node.id).append(' ').append(core.role());
    text.append(" term ").append(core.term()).append(" leader ").append(core.leaderId());
    text.append(" last ").append(text(core.last())).append(" commit ").append(core.commitIndex());
    text.append(" durable ").append(core.durableIndex());
    for (PeerStatus peer : core.peers()) {
      text.append(" [").append(peer.replicaId()).append(' ').append(peer.state());
      text.append(" match ").append(peer.matchIndex()).append(" next ").append(peer.nextIndex());
      text.append(" inflight ").append(peer.inflightMessages()).append(']');
    }
    return text.toString();
  }

  private static String text(EntryId id) {
    return id.term() + "/" + id.index();
  }

  private static String text(Message message) {
    String way = message.from() + "->" + message.to() + " ";
    return way
        + switch (message.kind()) {
          case PRE_VOTE_REQUEST -> {
            Message.PreVoteRequest request = (Message.PreVoteRequest) message;
            yield "PreVote term " + request.term() + " last " + text(request.last());
          }
          case PRE_VOTE_RESPONSE ->
              "PreVote term "
                  + message.term()
                  + (((Message.PreVoteResponse) message).granted() ? " granted" : " refused");
          case VOTE_REQUEST -> {
            Message.VoteRequest request = (Message.VoteRequest) message;
            String transfer = request.transfer() ? " transfer" : "";
            yield "Vote term " + request.term() + " last " + text(request.last()) + transfer;
          }
          case VOTE_RESPONSE ->
              "Vote term "
                  + message.term()
                  + (((Message.VoteResponse) message).granted() ? " granted" : " refused");
          case APPEND_REQUEST -> text((Message.AppendRequest) message);
          case APPEND_RESPONSE -> text((Message.AppendResponse) message);
          case HEARTBEAT -> {
            Message.Heartbeat beat = (Message.Heartbeat) message;
            String round = beat.readRound() == 0 ? "" : " round " + beat.readRound();
            yield "Heartbeat term " + beat.term() + " commit " + beat.commitIndex() + round;
          }
          case HEARTBEAT_RESPONSE -> {
            Message.HeartbeatResponse beat = (Message.HeartbeatResponse) message;
            String round = beat.readRound() == 0 ? "" : " round " + beat.readRound();
            yield "Heartbeat term " + beat.term() + " verified " + beat.verifiedIndex() + round;
          }
          case RESET_LOG -> {
            Message.ResetLog reset = (Message.ResetLog) message;
            yield "Reset term "
                + reset.term()
                + " start "
                + text(reset.start().id())
                + " members "
                + reset.config().voters()
                + " at "
                + reset.configIndex();
          }
          case RESET_RESPONSE ->
              "Reset term "
                  + message.term()
                  + " start "
                  + ((Message.ResetResponse) message).startIndex();
          case TIMEOUT_NOW -> "TimeoutNow term " + message.term();
        };
  }

  private static String text(Message.AppendRequest request) {
    StringBuilder text = new StringBuilder("Append term ").append(request.term());
    text.append(" prev ").append(text(request.prev()));
    text.append(" commit ").append(request.commitIndex()).append(" entries [");
    for (int i = 0; i < request.entries().size(); i++) {
      text.append(i == 0 ? "" : " ").append(text(request.entries().get(i).id()));
    }
    return text.append(']').toString();
  }

  private static String text(Message.AppendResponse response) {
    return "Append term "
        + response.term()
        + (response.success()
            ? " match " + response.matchIndex()
            : " rejects " + response.rejectedIndex() + " hint " + text(response.hint()));
  }
}
