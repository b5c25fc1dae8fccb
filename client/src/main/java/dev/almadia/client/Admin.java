// SPDX-License-Identifier: Apache-2.0
package dev.almadia.client;

import dev.almadia.v1.Balancing;
import dev.almadia.v1.Broker;
import dev.almadia.v1.CancelOperationRequest;
import dev.almadia.v1.ChangeReplicationFactorRequest;
import dev.almadia.v1.ClusterServiceGrpc;
import dev.almadia.v1.ConsumerServiceGrpc;
import dev.almadia.v1.CreateTopicRequest;
import dev.almadia.v1.DecommissionBrokerRequest;
import dev.almadia.v1.DeleteTopicRequest;
import dev.almadia.v1.DrainBrokerRequest;
import dev.almadia.v1.FenceProducerRequest;
import dev.almadia.v1.FenceProducerResponse;
import dev.almadia.v1.GetBalancingRequest;
import dev.almadia.v1.GetClusterHealthRequest;
import dev.almadia.v1.GetClusterHealthResponse;
import dev.almadia.v1.GetClusterRequest;
import dev.almadia.v1.GetClusterResponse;
import dev.almadia.v1.GetOperationRequest;
import dev.almadia.v1.GetPartitionRequest;
import dev.almadia.v1.GetProducerRequest;
import dev.almadia.v1.GetProducerResponse;
import dev.almadia.v1.GetServerInfoRequest;
import dev.almadia.v1.GetServerInfoResponse;
import dev.almadia.v1.GetTopicRequest;
import dev.almadia.v1.ListBrokersRequest;
import dev.almadia.v1.ListOperationsRequest;
import dev.almadia.v1.ListPartitionsRequest;
import dev.almadia.v1.ListPartitionsResponse;
import dev.almadia.v1.ListProducersRequest;
import dev.almadia.v1.ListProducersResponse;
import dev.almadia.v1.ListTopicsRequest;
import dev.almadia.v1.ListTopicsResponse;
import dev.almadia.v1.MoveReplicasRequest;
import dev.almadia.v1.Operation;
import dev.almadia.v1.OperationResponse;
import dev.almadia.v1.OperationState;
import dev.almadia.v1.Partition;
import dev.almadia.v1.Position;
import dev.almadia.v1.ProducerInfo;
import dev.almadia.v1.ProducerServiceGrpc;
import dev.almadia.v1.RebalanceRequest;
import dev.almadia.v1.RecommissionBrokerRequest;
import dev.almadia.v1.ResolveOffsetsRequest;
import dev.almadia.v1.ResolvedOffset;
import dev.almadia.v1.SetBalancingRequest;
import dev.almadia.v1.Topic;
import dev.almadia.v1.TopicServiceGrpc;
import dev.almadia.v1.TransferLeadershipRequest;
import dev.almadia.v1.TransferLeadershipResponse;
import dev.almadia.v1.UndrainBrokerRequest;
import dev.almadia.v1.UnsafeRecoverRequest;
import dev.almadia.v1.UnsafeRecoverResponse;
import dev.almadia.v1.UpdateTopicRequest;
import dev.almadia.v1.VerifyPartitionRequest;
import dev.almadia.v1.VerifyPartitionResponse;
import io.grpc.MethodDescriptor;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * All calls about topics and the cluster. Any thread; every method blocks at most for the timeout
 * that the client was built with and throws {@link AlmadiaException} if the call failed.
 */
public final class Admin {
  private static final int PAGE_SIZE = 1_000;
  private static final Duration ATTEMPT = Duration.ofSeconds(5);

  /** How long a broker is asked to wait for the end of an operation before it tells its state. */
  private static final int OPERATION_WAIT_MS = 1_000;

  private static final Duration OPERATION_SILENCE_MAX = Duration.ofMinutes(1);

  private final Brokers brokers;
  private final Calls calls;
  private final Duration timeout;

  Admin(Brokers brokers, Calls calls, Duration timeout) {
    this.brokers = brokers;
    this.calls = calls;
    this.timeout = timeout;
  }

  /** Creates a topic, or with {@code validate_only} only checks. */
  public Topic createTopic(CreateTopicRequest request) {
    return calls.write(TopicServiceGrpc.getCreateTopicMethod(), request, timeout).getTopic();
  }

  /** Describes a topic. */
  public Topic getTopic(String topic) {
    GetTopicRequest request = GetTopicRequest.newBuilder().setTopic(topic).build();
    return calls.read(TopicServiceGrpc.getGetTopicMethod(), request, timeout, ATTEMPT).getTopic();
  }

  /** All topics whose name contains the filter (empty: all), by name. Reads page after page. */
  public List<Topic> listTopics(String filter) {
    List<Topic> topics = new ArrayList<>();
    String token = "";
    do {
      ListTopicsRequest request =
          ListTopicsRequest.newBuilder()
              .setFilter(filter)
              .setPageSize(PAGE_SIZE)
              .setPageToken(token)
              .build();
      ListTopicsResponse page =
          calls.read(TopicServiceGrpc.getListTopicsMethod(), request, timeout, ATTEMPT);
      topics.addAll(page.getTopicsList());
      token = page.getNextPageToken();
    } while (!token.isEmpty());
    return topics;
  }

  /** Changes what the request's mask names. */
  public Topic updateTopic(UpdateTopicRequest request) {
    return calls.write(TopicServiceGrpc.getUpdateTopicMethod(), request, timeout).getTopic();
  }

  /** Deletes a topic and its records. */
  public void deleteTopic(DeleteTopicRequest request) {
    var unused = calls.write(TopicServiceGrpc.getDeleteTopicMethod(), request, timeout);
  }

  /** The producers that a topic knows by name, ascending. Reads page after page. */
  public List<ProducerInfo> listProducers(String topic) {
    List<ProducerInfo> producers = new ArrayList<>();
    String token = "";
    do {
      ListProducersRequest request =
          ListProducersRequest.newBuilder()
              .setTopic(topic)
              .setPageSize(PAGE_SIZE)
              .setPageToken(token)
              .build();
      ListProducersResponse page =
          calls.read(ProducerServiceGrpc.getListProducersMethod(), request, timeout, ATTEMPT);
      producers.addAll(page.getProducersList());
      token = page.getNextPageToken();
    } while (!token.isEmpty());
    return producers;
  }

  /** Where a producer stands in each partition that knows it; without positions if none does. */
  public GetProducerResponse getProducer(String topic, String producerId) {
    GetProducerRequest request =
        GetProducerRequest.newBuilder().setTopic(topic).setProducerId(producerId).build();
    return calls.read(ProducerServiceGrpc.getGetProducerMethod(), request, timeout, ATTEMPT);
  }

  /** Ends the instance of a producer that is at work. May be repeated. */
  public FenceProducerResponse fenceProducer(String topic, String producerId) {
    FenceProducerRequest request =
        FenceProducerRequest.newBuilder().setTopic(topic).setProducerId(producerId).build();
    return calls.write(ProducerServiceGrpc.getFenceProducerMethod(), request, timeout);
  }

  /** All partitions of a topic (empty: of all topics), by topic and number. */
  public List<Partition> listPartitions(String topic) {
    List<Partition> partitions = new ArrayList<>();
    String token = "";
    do {
      ListPartitionsRequest request =
          ListPartitionsRequest.newBuilder()
              .setTopic(topic)
              .setPageSize(PAGE_SIZE)
              .setPageToken(token)
              .build();
      ListPartitionsResponse page =
          calls.read(TopicServiceGrpc.getListPartitionsMethod(), request, timeout, timeout);
      partitions.addAll(page.getPartitionsList());
      token = page.getNextPageToken();
    } while (!token.isEmpty());
    return partitions;
  }

  /** Describes a partition. */
  public Partition getPartition(String topic, int partition) {
    GetPartitionRequest request =
        GetPartitionRequest.newBuilder().setTopic(topic).setPartition(partition).build();
    return calls
        .read(TopicServiceGrpc.getGetPartitionMethod(), request, timeout, ATTEMPT)
        .getPartition();
  }

  /** Compares the replicas of a partition. Reads the whole partition, so give it time. */
  public VerifyPartitionResponse verifyPartition(String topic, int partition, Duration deadline) {
    VerifyPartitionRequest request =
        VerifyPartitionRequest.newBuilder().setTopic(topic).setPartition(partition).build();
    return calls.read(TopicServiceGrpc.getVerifyPartitionMethod(), request, deadline, deadline);
  }

  /** Turns a position into offsets; no partitions means all. */
  public List<ResolvedOffset> resolveOffsets(
      String topic, Collection<Integer> partitions, Position position) {
    ResolveOffsetsRequest request =
        ResolveOffsetsRequest.newBuilder()
            .setTopic(topic)
            .addAllPartitions(partitions)
            .setPosition(position)
            .build();
    return calls
        .read(ConsumerServiceGrpc.getResolveOffsetsMethod(), request, timeout, ATTEMPT)
        .getOffsetsList();
  }

  /** Describes the broker that answers. */
  public GetServerInfoResponse serverInfo() {
    return calls.read(
        ClusterServiceGrpc.getGetServerInfoMethod(),
        GetServerInfoRequest.getDefaultInstance(),
        timeout,
        ATTEMPT);
  }

  /** Describes the cluster. */
  public GetClusterResponse cluster() {
    return calls.read(
        ClusterServiceGrpc.getGetClusterMethod(),
        GetClusterRequest.getDefaultInstance(),
        timeout,
        ATTEMPT);
  }

  /** Says what is wrong, if anything. */
  public GetClusterHealthResponse health() {
    return calls.read(
        ClusterServiceGrpc.getGetClusterHealthMethod(),
        GetClusterHealthRequest.getDefaultInstance(),
        timeout,
        ATTEMPT);
  }

  /** The brokers by id. */
  public List<Broker> listBrokers() {
    return calls
        .read(
            ClusterServiceGrpc.getListBrokersMethod(),
            ListBrokersRequest.getDefaultInstance(),
            timeout,
            ATTEMPT)
        .getBrokersList();
  }

  /** A plan changes nothing, so it may be asked for again; an order only if it was not applied. */
  private <Q, R> R order(MethodDescriptor<Q, R> method, Q request, boolean validateOnly) {
    return validateOnly
        ? calls.read(method, request, timeout, ATTEMPT)
        : calls.write(method, request, timeout);
  }

  /**
   * Moves all leaders off a broker and keeps them off.
   *
   * @param validateOnly only checks
   */
  public OperationResponse drainBroker(int brokerId, boolean validateOnly) {
    DrainBrokerRequest request =
        DrainBrokerRequest.newBuilder().setBrokerId(brokerId).setValidateOnly(validateOnly).build();
    return order(ClusterServiceGrpc.getDrainBrokerMethod(), request, validateOnly);
  }

  /** Lets a drained broker lead again. Gives the broker as it is then. */
  public Broker undrainBroker(int brokerId) {
    UndrainBrokerRequest request = UndrainBrokerRequest.newBuilder().setBrokerId(brokerId).build();
    return calls.write(ClusterServiceGrpc.getUndrainBrokerMethod(), request, timeout).getBroker();
  }

  /** Moves everything off a broker and forgets it, or with {@code validate_only} plans that. */
  public OperationResponse decommissionBroker(DecommissionBrokerRequest request) {
    return order(
        ClusterServiceGrpc.getDecommissionBrokerMethod(), request, request.getValidateOnly());
  }

  /** Keeps a broker that was to be decommissioned. Gives the broker as it is then. */
  public Broker recommissionBroker(int brokerId) {
    RecommissionBrokerRequest request =
        RecommissionBrokerRequest.newBuilder().setBrokerId(brokerId).build();
    return calls
        .write(ClusterServiceGrpc.getRecommissionBrokerMethod(), request, timeout)
        .getBroker();
  }

  /**
   * Moves leadership of a partition. Returns when the other leads.
   *
   * @param toBrokerId broker that is to lead; 0 for the best follower
   */
  public TransferLeadershipResponse transferLeadership(
      String topic, int partition, int toBrokerId) {
    TransferLeadershipRequest request =
        TransferLeadershipRequest.newBuilder()
            .setTopic(topic)
            .setPartition(partition)
            .setToBrokerId(toBrokerId)
            .build();
    return calls.write(ClusterServiceGrpc.getTransferLeadershipMethod(), request, timeout);
  }

  /** Moves replicas to other brokers, or with {@code validate_only} plans that. */
  public OperationResponse moveReplicas(MoveReplicasRequest request) {
    return order(ClusterServiceGrpc.getMoveReplicasMethod(), request, request.getValidateOnly());
  }

  /** Changes how many replicas a topic has, or with {@code validate_only} plans that. */
  public OperationResponse changeReplicationFactor(ChangeReplicationFactorRequest request) {
    return order(
        ClusterServiceGrpc.getChangeReplicationFactorMethod(), request, request.getValidateOnly());
  }

  /** Evens out replicas over brokers and zones, or with {@code validate_only} plans that. */
  public OperationResponse rebalance(RebalanceRequest request) {
    return order(ClusterServiceGrpc.getRebalanceMethod(), request, request.getValidateOnly());
  }

  /** Says whether and how leaders are balanced. */
  public Balancing balancing() {
    return calls.read(
        ClusterServiceGrpc.getGetBalancingMethod(),
        GetBalancingRequest.getDefaultInstance(),
        timeout,
        ATTEMPT);
  }

  /** Pauses or resumes the balancing of leaders. */
  public Balancing setLeaderBalancing(boolean on) {
    SetBalancingRequest request = SetBalancingRequest.newBuilder().setLeaderBalancing(on).build();
    return calls.write(ClusterServiceGrpc.getSetBalancingMethod(), request, timeout);
  }

  /**
   * Lets the replicas that are left go on alone where a majority is lost for good. Loses data.
   *
   * @param request with {@code validate_only}, or with what that gave as {@code confirm}
   */
  public UnsafeRecoverResponse unsafeRecover(UnsafeRecoverRequest request) {
    return order(ClusterServiceGrpc.getUnsafeRecoverMethod(), request, request.getValidateOnly());
  }

  /** Describes an operation. */
  public Operation getOperation(String name) {
    GetOperationRequest request = GetOperationRequest.newBuilder().setName(name).build();
    return calls.read(ClusterServiceGrpc.getGetOperationMethod(), request, timeout, ATTEMPT);
  }

  /** The operations, the newest first. */
  public List<Operation> listOperations(boolean runningOnly) {
    ListOperationsRequest request =
        ListOperationsRequest.newBuilder().setRunningOnly(runningOnly).build();
    return calls
        .read(ClusterServiceGrpc.getListOperationsMethod(), request, timeout, ATTEMPT)
        .getOperationsList();
  }

  /** Ends an operation: what has not moved yet stays. Gives the operation as it is then. */
  public Operation cancelOperation(String name) {
    CancelOperationRequest request = CancelOperationRequest.newBuilder().setName(name).build();
    return calls.write(ClusterServiceGrpc.getCancelOperationMethod(), request, timeout);
  }

  /**
   * Waits until an operation has ended. Bridges a minute in which no broker answers, because
   * operations survive that.
   *
   * @param atMost longest wait
   * @param progress gets the operation about once a second, on this thread
   * @return the operation, still running if the time was over or the thread was interrupted
   */
  public Operation waitOperation(String name, Duration atMost, Consumer<Operation> progress) {
    long endNanos = System.nanoTime() + atMost.toNanos();
    long silentSinceNanos = System.nanoTime();
    Operation last = getOperation(name);
    while (last.getState() == OperationState.OPERATION_STATE_RUNNING) {
      progress.accept(last);
      long leftMs = TimeUnit.NANOSECONDS.toMillis(endNanos - System.nanoTime());
      if (leftMs <= 0 || Thread.currentThread().isInterrupted()) {
        return last;
      }
      GetOperationRequest request =
          GetOperationRequest.newBuilder()
              .setName(name)
              .setWaitMs((int) Math.min(leftMs, OPERATION_WAIT_MS))
              .build();
      Duration attempt = ATTEMPT.plusMillis(OPERATION_WAIT_MS);
      try {
        last = calls.read(ClusterServiceGrpc.getGetOperationMethod(), request, attempt, attempt);
        silentSinceNanos = System.nanoTime();
      } catch (AlmadiaException e) {
        long silentNanos = System.nanoTime() - silentSinceNanos;
        if (!e.isTransient() || silentNanos > OPERATION_SILENCE_MAX.toNanos()) {
          throw e;
        }
      }
    }
    return last;
  }

  /**
   * Follows what happens in the cluster. See {@link ClusterWatch}.
   *
   * @param includePresent begin with an event for each broker and running operation
   */
  public ClusterWatch watchCluster(boolean includePresent) {
    return new ClusterWatch(brokers, timeout, includePresent);
  }
}
