// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.server.http;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.almadia.broker.server.StartupException;
import dev.almadia.broker.server.config.Endpoint;
import dev.almadia.broker.server.config.Setting;
import dev.almadia.broker.server.grpc.GrpcServers;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/**
 * Metrics and health for machines. Apart from gRPC, with two threads of its own, so that it answers
 * when gRPC is saturated; further requests wait in a short queue, and beyond that are closed.
 */
public final class HttpEndpoint implements AutoCloseable {
  private static final int THREADS = 2;
  private static final int QUEUE_MAX = 32;
  private static final int BACKLOG = 64;
  private static final int OK = 200;
  private static final int NOT_FOUND = 404;
  private static final int NOT_ALLOWED = 405;
  private static final int UNAVAILABLE = 503;
  private static final String JSON = "application/json";

  private final HttpServer server;
  private final ThreadPoolExecutor pool;

  /**
   * What it shows.
   *
   * @param metrics in Prometheus' text format
   * @param checks what must hold for ready, by name
   */
  public record Content(Supplier<String> metrics, Map<String, BooleanSupplier> checks) {
    /** Copies the map, in the order of names. */
    public Content {
      checks = new TreeMap<>(checks);
    }
  }

  private HttpEndpoint(HttpServer server, ThreadPoolExecutor pool) {
    this.server = server;
    this.pool = pool;
  }

  /**
   * Opens the port.
   *
   * @throws StartupException naming port and setting if it is in use
   */
  public static HttpEndpoint start(Endpoint endpoint, String threadPrefix, Content content)
      throws StartupException {
    HttpServer server;
    try {
      server = HttpServer.create(endpoint.toSocketAddress(), BACKLOG);
    } catch (IOException e) {
      throw GrpcServers.cannotListen(endpoint, Setting.HTTP_LISTEN, e);
    }
    AtomicInteger number = new AtomicInteger();
    ThreadPoolExecutor pool =
        new ThreadPoolExecutor(
            THREADS,
            THREADS,
            0,
            TimeUnit.SECONDS,
            new ArrayBlockingQueue<>(QUEUE_MAX),
            task -> {
              Thread thread = new Thread(task, threadPrefix + "http-" + number.incrementAndGet());
              thread.setDaemon(true);
              return thread;
            });
    server.setExecutor(pool);
    server.createContext("/metrics", exchange -> metrics(exchange, content));
    server.createContext("/health/live", exchange -> answer(exchange, OK, JSON, status(true)));
    server.createContext("/health/ready", exchange -> ready(exchange, content));
    server.createContext(
        "/", exchange -> answer(exchange, NOT_FOUND, JSON, "{\"error\":\"not found\"}\n"));
    server.start();
    return new HttpEndpoint(server, pool);
  }

  /** The port that was bound. */
  public int port() {
    return server.getAddress().getPort();
  }

  private static void metrics(HttpExchange exchange, Content content) throws IOException {
    answer(exchange, OK, "text/plain; version=0.0.4; charset=utf-8", content.metrics().get());
  }

  private static void ready(HttpExchange exchange, Content content) throws IOException {
    boolean ready = true;
    StringBuilder checks = new StringBuilder();
    for (Map.Entry<String, BooleanSupplier> check : content.checks().entrySet()) {
      boolean holds = check.getValue().getAsBoolean();
      ready &= holds;
      checks.append(checks.length() == 0 ? "" : ",");
      checks.append('"').append(check.getKey()).append("\":").append(holds);
    }
    String body = "{\"status\":\"" + (ready ? "UP" : "DOWN") + "\",\"checks\":{" + checks + "}}\n";
    answer(exchange, ready ? OK : UNAVAILABLE, JSON, body);
  }

  private static String status(boolean up) {
    return "{\"status\":\"" + (up ? "UP" : "DOWN") + "\"}\n";
  }

  private static void answer(HttpExchange exchange, int code, String type, String body)
      throws IOException {
    try (exchange) {
      String method = exchange.getRequestMethod();
      if (!method.equals("GET") && !method.equals("HEAD")) {
        exchange.sendResponseHeaders(NOT_ALLOWED, -1);
        return;
      }
      byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
      exchange.getResponseHeaders().set("Content-Type", type);
      boolean isHead = method.equals("HEAD");
      exchange.sendResponseHeaders(code, isHead ? -1 : bytes.length);
      if (!isHead) {
        exchange.getResponseBody().write(bytes);
      }
    }
  }

  @Override
  public void close() {
    server.stop(0);
    pool.shutdownNow();
  }
}
