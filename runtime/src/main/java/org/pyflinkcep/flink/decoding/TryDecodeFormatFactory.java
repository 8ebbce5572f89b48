package org.pyflinkcep.flink.decoding;

import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;
import java.util.Set;
import org.apache.flink.api.common.serialization.DeserializationSchema;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.ConfigOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.DelegatingConfiguration;
import org.apache.flink.configuration.ReadableConfig;
import org.apache.flink.table.api.ValidationException;
import org.apache.flink.table.connector.format.DecodingFormat;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.factories.DeserializationFormatFactory;
import org.apache.flink.table.factories.DynamicTableFactory;
import org.apache.flink.table.factories.Factory;
import org.apache.flink.table.factories.FactoryUtil;

/**
 * The format {@code try-decode}: another one, which never fails on a record.
 *
 * <pre>{@code
 * 'value.format' = 'try-decode',
 * 'value.try-decode.format' = 'avro-confluent',
 * 'value.try-decode.avro-confluent.url' = 'http://registry:8081'
 * }</pre>
 */
public final class TryDecodeFormatFactory implements DeserializationFormatFactory {

  public static final String IDENTIFIER = "try-decode";

  /** The formats of Flink's own that decode single records. */
  private static final List<String> FLINKS_FORMATS =
      List.of(
          "avro",
          "avro-confluent",
          "avro-glue",
          "canal-json",
          "csv",
          "debezium-avro-confluent",
          "debezium-json",
          "debezium-protobuf-confluent",
          "json",
          "maxwell-json",
          "ogg-json",
          "protobuf",
          "protobuf-confluent",
          "raw");

  private static final String IGNORE_ERRORS = "ignore-parse-errors";

  @Override
  public String factoryIdentifier() {
    return IDENTIFIER;
  }

  @Override
  public Set<ConfigOption<?>> requiredOptions() {
    return Set.of(TryDecodeOptions.FORMAT);
  }

  /**
   * With a map for each format that may be wrapped, so that Flink takes its options for known ones.
   */
  @Override
  public Set<ConfigOption<?>> optionalOptions() {
    Set<ConfigOption<?>> options = new HashSet<>();
    options.add(TryDecodeOptions.MAX_SIZE);
    options.add(TryDecodeOptions.STACK_LENGTH);
    options.add(TryDecodeOptions.REGISTRY_TIMEOUT);
    Set<String> formats = new HashSet<>(FLINKS_FORMATS);
    formats.addAll(formatsOf(Thread.currentThread().getContextClassLoader()));
    formats.addAll(formatsOf(TryDecodeFormatFactory.class.getClassLoader()));
    formats.forEach(format -> options.add(ConfigOptions.key(format).mapType().noDefaultValue()));
    return options;
  }

  @Override
  public DecodingFormat<DeserializationSchema<RowData>> createDecodingFormat(
      DynamicTableFactory.Context context, ReadableConfig options) {
    FactoryUtil.validateFactoryOptions(this, options);
    String format = options.get(TryDecodeOptions.FORMAT);
    if (format.equals(IDENTIFIER)) {
      throw new ValidationException("The format `" + IDENTIFIER + "` can't wrap itself.");
    }
    DeserializationFormatFactory wrapped =
        FactoryUtil.discoverFactory(
            context.getClassLoader(), DeserializationFormatFactory.class, format);
    Configuration itsOptions = new DelegatingConfiguration((Configuration) options, format + ".");
    if (itsOptions.get(ConfigOptions.key(IGNORE_ERRORS).booleanType().defaultValue(false))) {
      throw new ValidationException(
          "With '"
              + IGNORE_ERRORS
              + "' the format `"
              + format
              + "` drops records that it can't"
              + " read, so that `"
              + IDENTIFIER
              + "` can't tell of them. Leave that option out.");
    }
    return new TryDecodeFormat(
        format,
        wrapped.createDecodingFormat(context, itsOptions),
        options,
        Map.copyOf(itsOptions.toMap()));
  }

  private static Set<String> formatsOf(ClassLoader classLoader) {
    Set<String> formats = new HashSet<>();
    Iterator<Factory> factories = ServiceLoader.load(Factory.class, classLoader).iterator();
    while (true) {
      try {
        if (!factories.hasNext()) {
          return formats;
        }
        if (factories.next() instanceof DeserializationFormatFactory factory) {
          formats.add(factory.factoryIdentifier());
        }
      } catch (ServiceConfigurationError | NoClassDefFoundError e) {
        // A factory that lacks a class of its own can't be used here, nor elsewhere.
        continue;
      }
    }
  }
}
