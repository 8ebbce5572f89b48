package org.pyflinkcep.flink;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.apache.flink.core.execution.JobClient;
import org.apache.flink.core.execution.SavepointFormatType;

/** A job of a test, which is waited for, but not without end. */
record RunningJob(JobClient client) {

  /** Far beyond what a busy machine takes: only a job that hangs takes so long. */
  private static final Duration DEADLINE = Duration.ofMinutes(10);

  /** Waits until the job has ended by itself. */
  void end() throws Exception {
    client.getJobExecutionResult().get(DEADLINE.toMinutes(), TimeUnit.MINUTES);
  }

  /**
   * Waits until a job that does not end by itself has come as far as asked, and stops it.
   *
   * @return its savepoint
   */
  String stopOnce(BooleanSupplier isFarEnough, Path savepoints) throws Exception {
    long deadline = System.nanoTime() + DEADLINE.toNanos();
    while (!isFarEnough.getAsBoolean()) {
      assertThat(
              client.getJobStatus().get(DEADLINE.toMinutes(), TimeUnit.MINUTES).isTerminalState())
          .as("the job has ended before it was stopped")
          .isFalse();
      assertThat(System.nanoTime() - deadline).as("nanoseconds past the deadline").isNegative();
      TimeUnit.MILLISECONDS.sleep(10);
    }
    return client
        .stopWithSavepoint(false, savepoints.toUri().toString(), SavepointFormatType.CANONICAL)
        .get(DEADLINE.toMinutes(), TimeUnit.MINUTES);
  }
}
