#!/usr/bin/env bash
# Flink's JSON format: a key that comes twice makes another column NULL.
#
# Guess: of a key that comes twice the last one counts, as in most parsers, and the other members are read as ever.
# Seen with flink-json 2.3.0: the format counts the members that it has read, and stops at as many as there are columns. Of
# {"a":1,"a":2,"b":3} it has read two when it comes to b, which is NULL: no error, and `json.fail-on-missing-field` sees
# none missing. By its other parser (`json.decode.json-parser.enabled` = false) b is 3.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
cat > pom.xml <<'POM'
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>findings</groupId><artifactId>json</artifactId><version>1</version>
  <dependencies>
    <dependency><groupId>org.apache.flink</groupId><artifactId>flink-json</artifactId><version>2.3.0</version></dependency>
    <dependency><groupId>org.apache.flink</groupId><artifactId>flink-table-runtime</artifactId><version>2.3.0</version></dependency>
    <dependency><groupId>org.apache.flink</groupId><artifactId>flink-table-api-java-bridge</artifactId><version>2.3.0</version></dependency>
  </dependencies>
</project>
POM
cat > Seen.java <<'JAVA'
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.api.common.functions.util.ListCollector;
import org.apache.flink.formats.common.TimestampFormat;
import org.apache.flink.formats.json.AbstractJsonDeserializationSchema;
import org.apache.flink.formats.json.JsonParserRowDataDeserializationSchema;
import org.apache.flink.formats.json.JsonRowDataDeserializationSchema;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.runtime.typeutils.InternalTypeInfo;
import org.apache.flink.table.types.logical.IntType;
import org.apache.flink.table.types.logical.LogicalType;
import org.apache.flink.table.types.logical.RowType;

public class Seen {
  public static void main(String[] arguments) throws Exception {
    RowType type = RowType.of(new LogicalType[] {new IntType(), new IntType()}, new String[] {"a", "b"});
    InternalTypeInfo<RowData> info = InternalTypeInfo.of(type);
    show("default", new JsonParserRowDataDeserializationSchema(type, info, true, false, TimestampFormat.SQL));
    show("tree", new JsonRowDataDeserializationSchema(type, info, true, false, TimestampFormat.SQL));
  }

  static void show(String name, AbstractJsonDeserializationSchema schema) throws Exception {
    schema.open(null);
    for (String json : new String[] {"{\"a\":2,\"b\":3}", "{\"a\":1,\"a\":2,\"b\":3}"}) {
      List<RowData> rows = new ArrayList<>();
      schema.deserialize(json.getBytes("UTF-8"), new ListCollector<>(rows));
      System.out.println(name + " " + json + " " + rows);
    }
  }
}
JAVA
mvn -B -ntp -q dependency:build-classpath -Dmdep.outputFile=classpath >&2
java -cp "$(cat classpath)" Seen.java 2>/dev/null | tee seen
diff seen - <<'EXPECTED'
default {"a":2,"b":3} [+I(2,3)]
default {"a":1,"a":2,"b":3} [+I(2,null)]
tree {"a":2,"b":3} [+I(2,3)]
tree {"a":1,"a":2,"b":3} [+I(2,3)]
EXPECTED
