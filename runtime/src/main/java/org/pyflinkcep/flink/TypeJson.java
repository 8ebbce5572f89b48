package org.pyflinkcep.flink;

import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.node.ArrayNode;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.node.JsonNodeFactory;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.node.ObjectNode;
import org.apache.flink.table.types.logical.LogicalType;
import org.apache.flink.table.types.logical.LogicalTypeFamily;
import org.apache.flink.table.types.logical.LogicalTypeRoot;
import org.apache.flink.table.types.logical.utils.LogicalTypeChecks;

/** Describes SQL types for Python: the root of each, what bounds its values, and its children. */
final class TypeJson {

  private TypeJson() {}

  static ObjectNode describe(LogicalType type) {
    ObjectNode description = JsonNodeFactory.instance.objectNode();
    description.put("sql", type.copy(true).asSummaryString());
    description.put("root", type.getTypeRoot().name());
    description.put("nullable", type.isNullable());
    if (type.isAnyOf(LogicalTypeFamily.CHARACTER_STRING, LogicalTypeFamily.BINARY_STRING)) {
      description.put("length", LogicalTypeChecks.getLength(type));
    }
    if (type.is(LogicalTypeRoot.DECIMAL)
        || type.isAnyOf(LogicalTypeFamily.TIME, LogicalTypeFamily.TIMESTAMP)) {
      description.put("precision", LogicalTypeChecks.getPrecision(type));
    }
    if (type.is(LogicalTypeRoot.DECIMAL)) {
      description.put("scale", LogicalTypeChecks.getScale(type));
    }
    if (type.is(LogicalTypeRoot.ROW) || type.is(LogicalTypeRoot.STRUCTURED_TYPE)) {
      ArrayNode names = description.putArray("names");
      LogicalTypeChecks.getFieldNames(type).forEach(names::add);
    }
    ArrayNode children = description.putArray("children");
    type.getChildren().forEach(child -> children.add(describe(child)));
    return description;
  }
}
