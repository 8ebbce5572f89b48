package org.pyflinkcep.flink.decoding;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.flink.avro.shaded.org.apache.avro.Schema;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.node.JsonNodeFactory;

/** A schema registry on loopback, as far as readers ask one. */
final class Registry implements AutoCloseable {

  static {
    // Else each answer waits for 40 ms, for the client's acknowledgement of its head.
    System.setProperty("sun.net.httpserver.nodelay", "true");
  }

  private final Map<Integer, String> answers = new ConcurrentHashMap<>();
  private final AtomicInteger requests = new AtomicInteger();
  private final AtomicInteger failing = new AtomicInteger();
  private volatile int failure;
  private int port;
  private HttpServer server;

  Registry() throws IOException {
    start();
  }

  String url() {
    return "http://127.0.0.1:" + port;
  }

  void put(int id, Schema schema) {
    put(id, schema.toString(), "AVRO");
  }

  void put(int id, String schema, String type) {
    answers.put(
        id,
        JsonNodeFactory.instance
            .objectNode()
            .put("schema", schema)
            .put("schemaType", type)
            .toString());
  }

  /** Has it fail the next requests. */
  void fail(int times, int status) {
    failure = status;
    failing.set(times);
  }

  int requests() {
    return requests.get();
  }

  /** Begins to listen again, at the same address. */
  void start() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getByName("127.0.0.1"), port), 0);
    port = server.getAddress().getPort();
    server.createContext("/schemas/ids/", this::answer);
    server.start();
  }

  private void answer(HttpExchange exchange) throws IOException {
    requests.incrementAndGet();
    String path = exchange.getRequestURI().getPath();
    String schema = answers.get(Integer.parseInt(path.substring(path.lastIndexOf('/') + 1)));
    if (failing.getAndUpdate(left -> Math.max(0, left - 1)) > 0) {
      send(exchange, failure, "{\"error_code\": " + failure + ", \"message\": \"out of order\"}");
    } else if (schema == null) {
      send(exchange, 404, "{\"error_code\": 40403, \"message\": \"Schema not found\"}");
    } else {
      send(exchange, 200, schema);
    }
  }

  private static void send(HttpExchange exchange, int status, String text) throws IOException {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    exchange.sendResponseHeaders(status, bytes.length);
    exchange.getResponseBody().write(bytes);
    exchange.close();
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
