import com.google.protobuf.Message;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.flink.connector.file.table.factories.BulkReaderFormatFactory;
import org.apache.flink.connector.file.table.factories.BulkWriterFormatFactory;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.ObjectMapper;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.SerializationFeature;
import org.apache.flink.table.factories.CatalogFactory;
import org.apache.flink.table.factories.DeserializationFormatFactory;
import org.apache.flink.table.factories.DynamicTableSinkFactory;
import org.apache.flink.table.factories.DynamicTableSourceFactory;
import org.apache.flink.table.factories.Factory;
import org.apache.flink.table.factories.SerializationFormatFactory;

/**
 * Writes what goes into the jar, as JSON that goes into it too: each part with its version, its
 * purpose, and the names that its factories have in SQL. The build runs it with {@code ARTIFACTS
 * PURPOSES VERSION OUTPUT}.
 */
public final class ListContents {
  /** A line of {@code dependency:list} with files' names. */
  private static final Pattern ARTIFACT =
      Pattern.compile("\\s+([^:\\s]+):([^:]+):jar:([^:]+):compile:(\\S+\\.jar)\\b.*");

  private ListContents() {}

  public static void main(String[] arguments) throws IOException {
    Map<String, String> purposes = new TreeMap<>();
    Properties lines = new Properties();
    try (var reader = Files.newBufferedReader(Path.of(arguments[1]))) {
      lines.load(reader);
    }
    lines.forEach((artifact, purpose) -> purposes.put((String) artifact, (String) purpose));

    List<Map<String, Object>> parts = new ArrayList<>();
    for (String line : Files.readAllLines(Path.of(arguments[0]))) {
      Matcher artifact = ARTIFACT.matcher(line);
      if (artifact.matches()) {
        String purpose = purposes.remove(artifact.group(2));
        if (purpose == null) {
          throw new IllegalStateException(artifact.group(2) + " has no purpose in " + arguments[1]);
        }
        Map<String, Object> part = new LinkedHashMap<>();
        part.put("artifact", artifact.group(1) + ":" + artifact.group(2));
        part.put("version", artifact.group(3));
        part.put("purpose", purpose);
        part.put("provides", provided(Path.of(artifact.group(4))));
        parts.add(part);
      }
    }
    Path classes = Path.of(arguments[4]);
    Map<String, Object> ourselves = new LinkedHashMap<>();
    ourselves.put("artifact", arguments[2]);
    ourselves.put("version", arguments[3]);
    ourselves.put("purpose", purposes.remove(arguments[2].replaceFirst(".*:", "")));
    ourselves.put("provides", messages(classes));
    parts.add(ourselves);
    if (!purposes.isEmpty()) {
      throw new IllegalStateException(
          purposes.keySet() + " of " + arguments[1] + " are not in the jar");
    }
    Map<String, Object> contents = new LinkedHashMap<>();
    contents.put("version", arguments[3]);
    contents.put("parts", parts);
    Path output = classes.resolve("META-INF/pyflink-cep/connectors.json");
    Files.createDirectories(output.getParent());
    new ObjectMapper()
        .enable(SerializationFeature.INDENT_OUTPUT)
        .writeValue(output.toFile(), contents);
  }

  /** The connectors, formats and catalogs of a jar, and what can be done with each. */
  private static List<Map<String, Object>> provided(Path jar) {
    Map<String, Set<String>> provided = new TreeMap<>();
    for (Factory factory : factories(jar)) {
      String name = factory.factoryIdentifier();
      if (factory instanceof DynamicTableSourceFactory) {
        add(provided, "connector", name, "read");
      }
      if (factory instanceof DynamicTableSinkFactory) {
        add(provided, "connector", name, "write");
      }
      if (factory instanceof DeserializationFormatFactory
          || factory instanceof BulkReaderFormatFactory) {
        add(provided, "format", name, "read");
      }
      if (factory instanceof SerializationFormatFactory
          || factory instanceof BulkWriterFormatFactory) {
        add(provided, "format", name, "write");
      }
      if (factory instanceof CatalogFactory) {
        add(provided, "catalog", name, "create");
      }
    }
    return entries(provided);
  }

  /** The messages among the classes of a folder, which is on the class path. */
  private static List<Map<String, Object>> messages(Path classes) throws IOException {
    Map<String, Set<String>> provided = new TreeMap<>();
    try (var files = Files.walk(classes)) {
      for (Path file : (Iterable<Path>) files::iterator) {
        String name = classes.relativize(file).toString().replace('/', '.');
        if (name.endsWith(".class") && !name.contains("$")) {
          Class<?> type = load(name.substring(0, name.length() - ".class".length()));
          if (Message.class.isAssignableFrom(type)) {
            add(provided, "message", type.getName(), "read");
            add(provided, "message", type.getName(), "write");
          }
        }
      }
    }
    return entries(provided);
  }

  private static Class<?> load(String name) {
    try {
      return Class.forName(name);
    } catch (ClassNotFoundException e) {
      throw new IllegalStateException(e);
    }
  }

  private static List<Map<String, Object>> entries(Map<String, Set<String>> provided) {
    List<Map<String, Object>> list = new ArrayList<>();
    provided.forEach(
        (kindAndName, uses) -> {
          String[] split = kindAndName.split(" ", 2);
          Map<String, Object> entry = new LinkedHashMap<>();
          entry.put("kind", split[0]);
          entry.put("name", split[1]);
          entry.put("uses", uses);
          list.add(entry);
        });
    return list;
  }

  private static void add(Map<String, Set<String>> provided, String kind, String name, String use) {
    provided.computeIfAbsent(kind + " " + name, key -> new TreeSet<>()).add(use);
  }

  /** The factories that a jar declares itself: those of the class path are left out. */
  private static List<Factory> factories(Path jar) {
    try (URLClassLoader loader = new URLClassLoader(new URL[] {jar.toUri().toURL()}, null)) {
      URL services = loader.findResource("META-INF/services/" + Factory.class.getName());
      if (services == null) {
        return List.of();
      }
      Set<String> declared = new TreeSet<>();
      try (var stream = services.openStream()) {
        for (String line : new String(stream.readAllBytes()).split("\n")) {
          String name = line.replaceFirst("#.*", "").strip();
          if (!name.isEmpty()) {
            declared.add(name);
          }
        }
      }
      return ServiceLoader.load(Factory.class).stream()
          .filter(provider -> declared.contains(provider.type().getName()))
          .map(ServiceLoader.Provider::get)
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
