package org.pyflinkcep.benchmarks;

import java.util.Locale;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.CoreOptions;
import org.apache.flink.configuration.StateBackendOptions;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/**
 * Runs one workload on one peer: a job that warms this JVM up, and one that is measured. Prints a
 * line of JSON.
 *
 * <p>Arguments: peer, work, events of the first job, events of the second.
 */
public final class Bench {

  private Bench() {}

  public static void main(String[] arguments) throws Exception {
    Peer peer = Peer.named(arguments[0]);
    Work work = Work.named(arguments[1]);
    long warmup = Long.parseLong(arguments[2]);
    long events = Long.parseLong(arguments[3]);

    run(peer, work, warmup);
    run(peer, work, events);
    System.out.printf(
        Locale.ROOT,
        "{\"events\": %d, \"seconds\": %.6f, \"cpu_seconds\": %.6f, \"results\": %d}%n",
        events,
        Stopwatch.seconds(),
        Stopwatch.cpuSeconds(),
        Stopwatch.results());
  }

  private static void run(Peer peer, Work work, long events) throws Exception {
    Configuration configuration = new Configuration();
    configuration.set(CoreOptions.DEFAULT_PARALLELISM, 1);
    configuration.set(StateBackendOptions.STATE_BACKEND, "hashmap");
    peer.run(
        work,
        work.payments(events),
        StreamExecutionEnvironment.getExecutionEnvironment(configuration));
  }
}
