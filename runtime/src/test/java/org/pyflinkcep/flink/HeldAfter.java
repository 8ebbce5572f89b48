package org.pyflinkcep.flink;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.apache.flink.api.connector.source.SourceSplit;
import org.apache.flink.api.connector.source.util.ratelimit.RateLimiter;
import org.apache.flink.api.connector.source.util.ratelimit.RateLimiterStrategy;

/**
 * Lets the first elements of a source through, and then none: however busy the machine is, the job
 * is amid its input when the test stops it.
 */
record HeldAfter<S extends SourceSplit>(int elements) implements RateLimiterStrategy<S> {

  @Override
  public RateLimiter<S> createRateLimiter(int parallelism) {
    return new RateLimiter<>() {
      private int left = elements;

      @Override
      public CompletionStage<Void> acquire(int number) {
        left -= number;
        return left >= 0 ? CompletableFuture.completedFuture(null) : new CompletableFuture<>();
      }
    };
  }
}
