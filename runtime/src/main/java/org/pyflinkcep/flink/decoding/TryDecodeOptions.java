package org.pyflinkcep.flink.decoding;

import java.time.Duration;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.ConfigOptions;
import org.apache.flink.configuration.MemorySize;

/** The options of the format {@code try-decode}, besides those of the format that it wraps. */
final class TryDecodeOptions {

  static final ConfigOption<String> FORMAT =
      ConfigOptions.key("format")
          .stringType()
          .noDefaultValue()
          .withDescription("The format that decodes. Its options follow, behind its own name.");

  static final ConfigOption<MemorySize> MAX_SIZE =
      ConfigOptions.key("max-size")
          .memoryType()
          .defaultValue(MemorySize.ofMebiBytes(4))
          .withDescription(
              "A longer record is not decoded, and its payload is not kept: what can't be written"
                  + " to a topic of dead letters would fail the job there.");

  static final ConfigOption<Integer> STACK_LENGTH =
      ConfigOptions.key("stack-length")
          .intType()
          .defaultValue(4000)
          .withDescription("How many characters of a stack are kept at most.");

  static final ConfigOption<Duration> REGISTRY_TIMEOUT =
      ConfigOptions.key("registry-timeout")
          .durationType()
          .defaultValue(Duration.ofSeconds(30))
          .withDescription(
              "How long a schema registry that fails is asked again, before the job fails. Meanwhile"
                  + " the reader stands still, checkpoints included.");

  private TryDecodeOptions() {}
}
