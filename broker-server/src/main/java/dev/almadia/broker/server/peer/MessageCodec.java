// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.server.peer;

import com.google.protobuf.ByteString;
import dev.almadia.internal.v1.Append;
import dev.almadia.internal.v1.AppendAnswer;
import dev.almadia.internal.v1.ResetAnswer;
import dev.almadia.internal.v1.ResetLog;
import dev.almadia.internal.v1.TimeoutNow;
import dev.almadia.internal.v1.VoteAnswer;
import dev.almadia.internal.v1.VoteAsk;
import dev.almadia.raft.core.Entry;
import dev.almadia.raft.core.EntryHeader;
import dev.almadia.raft.core.EntryId;
import dev.almadia.raft.core.EntryKind;
import dev.almadia.raft.core.Message;
import dev.almadia.raft.core.config.GroupConfigCodec;
import dev.almadia.raft.core.config.ReplicaId;
import dev.almadia.raft.core.log.Checkpoint;
import dev.almadia.raft.core.log.LogStart;
import dev.almadia.raft.link.GroupMessage;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32C;

/** One Raft message as protobuf and back; heartbeats travel in columns instead. Pure. */
final class MessageCodec {
  private MessageCodec() {}

  static dev.almadia.internal.v1.GroupMessage encode(GroupMessage groupMessage) {
    Message message = groupMessage.message();
    dev.almadia.internal.v1.GroupMessage.Builder out =
        dev.almadia.internal.v1.GroupMessage.newBuilder()
            .setGroupId(groupMessage.groupId())
            .setTerm(message.term())
            .setFromLife(ReplicaId.life(message.from()))
            .setToLife(ReplicaId.life(message.to()));
    return switch (message.kind()) {
      case PRE_VOTE_REQUEST -> {
        Message.PreVoteRequest ask = (Message.PreVoteRequest) message;
        yield out.setPreVoteRequest(ask(ask.last(), ask.transfer())).build();
      }
      case VOTE_REQUEST -> {
        Message.VoteRequest ask = (Message.VoteRequest) message;
        yield out.setVoteRequest(ask(ask.last(), ask.transfer())).build();
      }
      case PRE_VOTE_RESPONSE ->
          out.setPreVoteResponse(answer(((Message.PreVoteResponse) message).granted())).build();
      case VOTE_RESPONSE ->
          out.setVoteResponse(answer(((Message.VoteResponse) message).granted())).build();
      case APPEND_REQUEST -> out.setAppendRequest(append((Message.AppendRequest) message)).build();
      case APPEND_RESPONSE ->
          out.setAppendResponse(appendAnswer((Message.AppendResponse) message)).build();
      case TIMEOUT_NOW -> out.setTimeoutNow(TimeoutNow.getDefaultInstance()).build();
      case RESET_LOG -> out.setResetLog(reset((Message.ResetLog) message)).build();
      case RESET_RESPONSE ->
          out.setResetAnswer(
                  ResetAnswer.newBuilder()
                      .setStartIndex(((Message.ResetResponse) message).startIndex()))
              .build();
      case HEARTBEAT, HEARTBEAT_RESPONSE ->
          throw new IllegalArgumentException("heartbeats travel in columns");
    };
  }

  /**
   * The message.
   *
   * @param fromBroker broker that sent it
   * @param toBroker this broker
   * @param payloads one per entry of an append request
   * @throws IllegalArgumentException if it is of a kind that this version does not know, of a life
   *     that there cannot be, or a reset that no leader says
   */
  static Message decode(
      int fromBroker,
      int toBroker,
      dev.almadia.internal.v1.GroupMessage in,
      List<ByteString> payloads) {
    int from = ReplicaId.of(fromBroker, in.getFromLife());
    int to = ReplicaId.of(toBroker, in.getToLife());
    long term = in.getTerm();
    return switch (in.getKindCase()) {
      case PRE_VOTE_REQUEST ->
          new Message.PreVoteRequest(
              from, to, term, last(in.getPreVoteRequest()), in.getPreVoteRequest().getTransfer());
      case PRE_VOTE_RESPONSE ->
          new Message.PreVoteResponse(from, to, term, in.getPreVoteResponse().getGranted());
      case VOTE_REQUEST ->
          new Message.VoteRequest(
              from, to, term, last(in.getVoteRequest()), in.getVoteRequest().getTransfer());
      case VOTE_RESPONSE ->
          new Message.VoteResponse(from, to, term, in.getVoteResponse().getGranted());
      case APPEND_REQUEST -> append(from, to, term, in.getAppendRequest(), payloads);
      case APPEND_RESPONSE -> appendAnswer(from, to, term, in.getAppendResponse());
      case TIMEOUT_NOW -> new Message.TimeoutNow(from, to, term);
      case RESET_LOG -> reset(from, to, term, in.getResetLog());
      case RESET_ANSWER ->
          new Message.ResetResponse(from, to, term, in.getResetAnswer().getStartIndex());
      case KIND_NOT_SET -> throw new IllegalArgumentException("unknown kind of message");
    };
  }

  /** A reset wipes a log, so nothing of it is believed that is not as it must be. */
  private static Message reset(int from, int to, long term, ResetLog reset) {
    byte[] config = reset.getConfig().toByteArray();
    byte[] state = reset.getCheckpoint().toByteArray();
    boolean isSound =
        reset.getStartIndex() > 0
            && reset.getStartTerm() > 0
            && reset.getStartTerm() <= term
            && reset.getStartOffset() >= 0
            && reset.getConfigIndex() >= 0
            && reset.getConfigIndex() <= reset.getStartIndex()
            && reset.getCheckpointIndex() >= reset.getStartIndex()
            && reset.getCheckpointTerm() >= reset.getStartTerm()
            && reset.getCheckpointTerm() <= term
            && reset.getCrc32C() == checksum(config, state);
    if (!isSound) {
      throw new IllegalArgumentException("a reset that cannot be, to " + reset.getStartIndex());
    }
    LogStart start =
        new LogStart(
            new EntryId(reset.getStartTerm(), reset.getStartIndex()),
            reset.getStartOffset(),
            reset.getStartMaxTimestampMs());
    EntryId id = new EntryId(reset.getCheckpointTerm(), reset.getCheckpointIndex());
    return new Message.ResetLog(
        from,
        to,
        term,
        start,
        GroupConfigCodec.decode(config),
        reset.getConfigIndex(),
        new Checkpoint(id, state));
  }

  private static int checksum(byte[] config, byte[] state) {
    CRC32C crc = new CRC32C();
    crc.update(config);
    crc.update(state);
    return (int) crc.getValue();
  }

  private static ResetLog reset(Message.ResetLog message) {
    byte[] config = GroupConfigCodec.encode(message.config());
    Checkpoint checkpoint = message.checkpoint();
    if (checkpoint == null) {
      throw new IllegalArgumentException("a reset without a state");
    }
    return ResetLog.newBuilder()
        .setStartIndex(message.start().index())
        .setStartTerm(message.start().id().term())
        .setStartOffset(message.start().nextOffset())
        .setStartMaxTimestampMs(message.start().maxTimestampMs())
        .setConfig(ByteString.copyFrom(config))
        .setConfigIndex(message.configIndex())
        .setCheckpoint(ByteString.copyFrom(checkpoint.state()))
        .setCheckpointIndex(checkpoint.index())
        .setCheckpointTerm(checkpoint.id().term())
        .setCrc32C(checksum(config, checkpoint.state()))
        .build();
  }

  private static VoteAsk ask(EntryId last, boolean transfer) {
    return VoteAsk.newBuilder()
        .setLastIndex(last.index())
        .setLastTerm(last.term())
        .setTransfer(transfer)
        .build();
  }

  private static EntryId last(VoteAsk ask) {
    return new EntryId(ask.getLastTerm(), ask.getLastIndex());
  }

  private static VoteAnswer answer(boolean granted) {
    return VoteAnswer.newBuilder().setGranted(granted).build();
  }

  private static Append append(Message.AppendRequest request) {
    Append.Builder append =
        Append.newBuilder()
            .setPrevIndex(request.prev().index())
            .setPrevTerm(request.prev().term())
            .setPrevNextOffset(request.prevNextOffset())
            .setCommitIndex(request.commitIndex());
    for (Entry entry : request.entries()) {
      EntryHeader header = entry.header();
      append.addEntries(
          dev.almadia.internal.v1.EntryHeader.newBuilder()
              .setTerm(header.term())
              .setKind(header.kind().number())
              .setNextOffset(header.nextOffset())
              .setMaxTimestampMs(header.maxTimestampMs())
              .setCrc32C(header.crc32c()));
    }
    return append.build();
  }

  private static Message append(
      int from, int to, long term, Append append, List<ByteString> payloads) {
    List<Entry> entries = new ArrayList<>(payloads.size());
    for (int i = 0; i < payloads.size(); i++) {
      dev.almadia.internal.v1.EntryHeader header = append.getEntries(i);
      byte[] payload = payloads.get(i).toByteArray();
      entries.add(
          new Entry(
              new EntryHeader(
                  append.getPrevIndex() + 1 + i,
                  header.getTerm(),
                  EntryKind.of(header.getKind()),
                  header.getNextOffset(),
                  header.getMaxTimestampMs(),
                  payload.length,
                  header.getCrc32C()),
              payload));
    }
    return new Message.AppendRequest(
        from,
        to,
        term,
        new EntryId(append.getPrevTerm(), append.getPrevIndex()),
        append.getPrevNextOffset(),
        append.getCommitIndex(),
        entries);
  }

  private static AppendAnswer appendAnswer(Message.AppendResponse response) {
    return AppendAnswer.newBuilder()
        .setSuccess(response.success())
        .setMatchIndex(response.matchIndex())
        .setRejectedIndex(response.rejectedIndex())
        .setHintIndex(response.hint().index())
        .setHintTerm(response.hint().term())
        .build();
  }

  private static Message appendAnswer(int from, int to, long term, AppendAnswer answer) {
    return new Message.AppendResponse(
        from,
        to,
        term,
        answer.getSuccess(),
        answer.getMatchIndex(),
        answer.getRejectedIndex(),
        new EntryId(answer.getHintTerm(), answer.getHintIndex()));
  }
}
