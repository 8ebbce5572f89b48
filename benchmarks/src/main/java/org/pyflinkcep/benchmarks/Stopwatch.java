package org.pyflinkcep.benchmarks;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;

/** The time from a job's first event to the end of its sink; one job runs at a time. */
public final class Stopwatch {

  private static final OperatingSystemMXBean SYSTEM =
      (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();

  private static long startedAt;
  private static long startedAtCpu;
  private static volatile double seconds;
  private static volatile double cpuSeconds;
  private static volatile long results;

  private Stopwatch() {}

  static void start() {
    startedAtCpu = SYSTEM.getProcessCpuTime();
    startedAt = System.nanoTime();
  }

  static void stop(long resultCount) {
    seconds = (System.nanoTime() - startedAt) / 1e9;
    cpuSeconds = (SYSTEM.getProcessCpuTime() - startedAtCpu) / 1e9;
    results = resultCount;
  }

  public static double seconds() {
    return seconds;
  }

  /** The time that this process had a core. */
  public static double cpuSeconds() {
    return cpuSeconds;
  }

  public static long results() {
    return results;
  }
}
