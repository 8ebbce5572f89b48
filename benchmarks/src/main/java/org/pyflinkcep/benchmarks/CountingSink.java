package org.pyflinkcep.benchmarks;

import org.apache.flink.api.connector.sink2.Sink;
import org.apache.flink.api.connector.sink2.SinkWriter;
import org.apache.flink.api.connector.sink2.WriterInitContext;

/** Counts what it is given, and stops the {@link Stopwatch} at the end of the input. */
final class CountingSink<T> implements Sink<T> {

  @Override
  public SinkWriter<T> createWriter(WriterInitContext context) {
    return new SinkWriter<>() {
      private long count;

      @Override
      public void write(T element, Context context) {
        count++;
      }

      @Override
      public void flush(boolean endOfInput) {
        if (endOfInput) {
          Stopwatch.stop(count);
        }
      }

      @Override
      public void close() {}
    };
  }
}
