// SPDX-License-Identifier: Apache-2.0
package dev.almadia.raft.core;

import dev.almadia.raft.core.Message.Heartbeat;
import dev.almadia.raft.core.Message.HeartbeatResponse;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What an idle group says over and over: heartbeats and answers that change nothing but when
 * somebody was heard, and ticks that only count or say the same heartbeats again. Thousands of
 * groups are idle at any time, so these take a path that touches little memory; all else goes the
 * usual way. Both ways must come to the same end. Owner thread only.
 *
 * <p><b>The memo.</b> Looking at a group costs more than deciding, because nothing of it is in the
 * processor's cache. So what was found out once is kept here in a few fields. It holds as long as
 * nothing changes but the clocks (nowTick, silentTicks, ticksSinceHeartbeat, when a peer was
 * heard), none of which it says anything about; the short way changes only these, and {@link
 * RaftCore} forgets the memo in every method that may change more.
 */
public final class SteadyState {
  private final RaftState state;
  private final int selfId;
  private final int heartbeatTicks;
  private final int calmHeartbeatTicks;
  private final int electionTimeoutTicks;

  /** Whom the memo is of; the message of each was found to be steady. */
  private Of of = Of.NOTHING;

  // The messages that it is of: sender apart, the peers of a leader say the same.
  private long term;
  private long index;
  private long readRound;

  /** A follower's leader; the peer of a leader that has the lesser id. 0 for none. */
  private int sender;

  /** The other peer of a leader, 0 for none. Those of larger groups take the longer way. */
  private int otherSender;

  private @Nullable HeartbeatResponse answer;
  private @Nullable ReplicaProgress peer;
  private @Nullable ReplicaProgress otherPeer;

  /** What is known of the beats of a leader. */
  private Beats beats = Beats.NOT_LOOKED_AT;

  private enum Of {
    NOTHING,
    HEARTBEAT,
    ANSWERS
  }

  private enum Beats {
    NOT_LOOKED_AT,
    /** The group is not calm. */
    BUSY,
    CALM,
    /** Calm, and as long as all are heard a beat is nothing but the same heartbeats again. */
    THE_SAME
  }

  SteadyState(RaftState state) {
    this.state = state;
    selfId = state.selfId();
    heartbeatTicks = state.config.heartbeatTicks();
    calmHeartbeatTicks = state.config.calmHeartbeatTicks();
    electionTimeoutTicks = state.config.electionTimeoutTicks();
  }

  /** More than the clocks may change now. */
  void forget() {
    of = Of.NOTHING;
    sender = 0;
    otherSender = 0;
    answer = null;
    peer = null;
    otherPeer = null;
    beats = Beats.NOT_LOOKED_AT;
  }

  /** Whether a message changes nothing but when somebody was heard. */
  public boolean is(Message message) {
    return isRemembered(message) || isByState(message);
  }

  boolean isRemembered(Message message) {
    if (message instanceof Heartbeat heartbeat) {
      return of == Of.HEARTBEAT
          && heartbeat.from() == sender
          && heartbeat.to() == selfId
          && heartbeat.term() == term
          && heartbeat.commitIndex() == index
          && heartbeat.readRound() == readRound;
    }
    return message instanceof HeartbeatResponse response
        && of == Of.ANSWERS
        && (response.from() == sender || response.from() == otherSender)
        && saysTheSame(response);
  }

  private boolean saysTheSame(HeartbeatResponse response) {
    return response.to() == selfId
        && response.term() == term
        && response.verifiedIndex() == index
        && response.readRound() == readRound;
  }

  /** The same without the memo. */
  boolean isByState(Message message) {
    if (message.term() != state.term() || message.to() != selfId || !state.lostPeers.isEmpty()) {
      return false;
    }
    return switch (message.kind()) {
      case HEARTBEAT -> isSteady((Heartbeat) message);
      case HEARTBEAT_RESPONSE -> isSteady((HeartbeatResponse) message);
      default -> false;
    };
  }

  private boolean isSteady(Heartbeat heartbeat) {
    HeartbeatResponse last = state.lastHeartbeatResponse;
    return state.leaderId == heartbeat.from()
        && state.leading == null
        && heartbeat.commitIndex() <= state.log.commitIndex()
        && last != null
        && last.to() == heartbeat.from()
        && last.term() == heartbeat.term()
        && last.readRound() == heartbeat.readRound()
        && last.verifiedIndex() == Math.min(state.verifiedIndex, state.log.provenIndex());
  }

  private boolean isSteady(HeartbeatResponse response) {
    LeaderState leader = state.leading;
    ReplicaProgress from = leader == null ? null : leader.peer(response.from());
    return from != null
        && from.isSteady(state.log.lastIndex())
        && response.verifiedIndex() == from.matchIndex()
        && response.readRound() == from.ackedReadRound();
  }

  /**
   * Takes a message that {@link #is} steady instead of a step; returns the answer, null if none.
   */
  public @Nullable Message take(Message message) {
    if (!isRemembered(message)) {
      return takeAndRemember(message);
    }
    if (of == Of.HEARTBEAT) {
      state.silentTicks = 0;
      return answer;
    }
    ReplicaProgress heard = message.from() == sender ? peer : otherPeer;
    if (heard != null) {
      heard.heard(state.nowTick);
    }
    return null;
  }

  private @Nullable Message takeAndRemember(Message message) {
    if (message instanceof Heartbeat heartbeat) {
      forget();
      of = Of.HEARTBEAT;
      remember(heartbeat.term(), heartbeat.commitIndex(), heartbeat.readRound());
      sender = heartbeat.from();
      answer = state.lastHeartbeatResponse;
      state.silentTicks = 0;
      return answer;
    }
    ReplicaProgress from = state.leader().peer(message.from());
    if (from != null && message instanceof HeartbeatResponse response) {
      from.heard(state.nowTick);
      remember(from, response);
    }
    return null;
  }

  private void remember(ReplicaProgress from, HeartbeatResponse response) {
    if (of != Of.ANSWERS) {
      forget();
      of = Of.ANSWERS;
      remember(response.term(), response.verifiedIndex(), response.readRound());
      sender = response.from();
      peer = from;
    } else if (otherSender == 0 && saysTheSame(response)) {
      boolean isBefore = response.from() < sender;
      otherSender = isBefore ? sender : response.from();
      otherPeer = isBefore ? peer : from;
      sender = isBefore ? response.from() : sender;
      peer = isBefore ? from : peer;
      if (beats == Beats.CALM) {
        beats = Beats.NOT_LOOKED_AT;
      }
    }
  }

  private void remember(long ofTerm, long ofIndex, long ofReadRound) {
    term = ofTerm;
    index = ofIndex;
    readRound = ofReadRound;
  }

  /** How many ticks may pass before one does anything but count: those may come later, at once. */
  public int spareTicks() {
    return of == Of.ANSWERS ? spareTicksOf(beats()) : spareTicksByState();
  }

  private Beats beats() {
    if (beats == Beats.NOT_LOOKED_AT) {
      beats = beatsByState();
    }
    return beats;
  }

  /** The same without the memo. */
  int spareTicksByState() {
    if (state.leading != null) {
      return spareTicksOf(beatsByState());
    }
    return state.role == Role.LEARNER
        ? electionTimeoutTicks
        : Math.max(0, state.campaignAfterTicks - 1 - state.silentTicks);
  }

  private int spareTicksOf(Beats leaderBeats) {
    if (leaderBeats != Beats.BUSY) {
      return Math.max(0, ticksToCalmBeat() - 1);
    }
    return state.leader().transferTarget != 0 ? 0 : Math.max(0, ticksToBeat() - 1);
  }

  private int ticksToBeat() {
    return Math.max(0, heartbeatTicks - state.ticksSinceHeartbeat);
  }

  private int ticksToCalmBeat() {
    return LeaderState.ticksToCalmBeat(state.nowTick, ticksToBeat(), calmHeartbeatTicks);
  }

  private Beats beatsByState() {
    LeaderState leader = state.leader();
    if (!leader.isCalm(state)) {
      return Beats.BUSY;
    }
    return isSettled(leader) ? Beats.THE_SAME : Beats.CALM;
  }

  /**
   * Whether the memo knows all peers, so that all have everything; and this leader votes, and its
   * members are what they should be. Then a beat, with all peers heard, finds a quorum, sends no
   * entries (who has everything gets none), and changes no members.
   */
  private boolean isSettled(LeaderState leader) {
    int known = (sender == 0 ? 0 : 1) + (otherSender == 0 ? 0 : 1);
    return of == Of.ANSWERS
        && known == leader.peers.size()
        && state.quorum.isVoter(selfId)
        && (state.target == null || state.isTargetReached);
  }

  /** Whether the next tick does nothing but say the same heartbeats again. */
  public boolean isNextTickTheSameBeat() {
    return of == Of.ANSWERS
        && beats() == Beats.THE_SAME
        && ticksToCalmBeat() == 1
        && isHeardAtNextTick(peer)
        && (otherPeer == null || isHeardAtNextTick(otherPeer));
  }

  private boolean isHeardAtNextTick(@Nullable ReplicaProgress of) {
    return of != null && of.isActive(state.nowTick + 1, electionTimeoutTicks);
  }

  /** Takes a tick that {@link #isNextTickTheSameBeat}; adds what is said. */
  public void beat(List<Message> said) {
    state.nowTick++;
    state.ticksSinceHeartbeat = 0;
    addHeartbeat(peer, said);
    addHeartbeat(otherPeer, said);
  }

  private static void addHeartbeat(@Nullable ReplicaProgress to, List<Message> said) {
    Heartbeat last = to == null ? null : to.lastHeartbeat();
    if (last != null) {
      said.add(last);
    }
  }

  /**
   * So many ticks have passed, and a replica that does not lead shall not count them as silence.
   * Also for the start: groups that count from the same tick on beat together.
   */
  public void skip(long ticks) {
    state.nowTick += ticks;
  }

  /** So many ticks have passed, at most {@link #spareTicks}. */
  public void pass(int ticks) {
    int spareTicks = spareTicks();
    Invariant.check(ticks <= spareTicks, "{} ticks pass of {}", ticks, spareTicks);
    state.nowTick += ticks;
    if (state.leading != null) {
      state.ticksSinceHeartbeat += ticks;
    } else {
      state.silentTicks += ticks;
    }
  }
}
