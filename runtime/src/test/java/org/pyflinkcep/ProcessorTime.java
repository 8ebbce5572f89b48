package org.pyflinkcep;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.function.Executable;

/** The processor time of a thread. Other work on the machine adds to a wall clock, not to this. */
public final class ProcessorTime {

  private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();
  private static final long MILLIS_BETWEEN_LOOKS = 100;

  private final long start = THREADS.getCurrentThreadCpuTime();

  private ProcessorTime() {}

  /** Starts to count what the calling thread takes. */
  public static ProcessorTime start() {
    return new ProcessorTime();
  }

  /** What the thread that started it has taken since. */
  public Duration taken() {
    return Duration.ofNanos(THREADS.getCurrentThreadCpuTime() - start);
  }

  /**
   * Runs an action in a thread of its own, and fails as soon as that has taken more than a limit.
   *
   * @throws AssertionError with the place where the thread was, if the action takes more
   */
  public static void assertWithin(Duration limit, Executable action) throws Throwable {
    AtomicReference<Throwable> thrown = new AtomicReference<>();
    Thread thread =
        new Thread(
            () -> {
              try {
                action.execute();
              } catch (Throwable e) {
                thrown.set(e);
              }
            });
    thread.setDaemon(true);
    thread.start();
    while (thread.isAlive()) {
      thread.join(MILLIS_BETWEEN_LOOKS);
      // It is -1 of a thread that has ended.
      if (THREADS.getThreadCpuTime(thread.getId()) > limit.toNanos()) {
        AssertionError late = new AssertionError("took more processor time than " + limit);
        late.setStackTrace(thread.getStackTrace());
        throw late;
      }
    }
    if (thrown.get() != null) {
      throw thrown.get();
    }
  }
}
