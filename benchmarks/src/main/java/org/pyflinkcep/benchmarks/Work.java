package org.pyflinkcep.benchmarks;

import java.util.List;
import org.apache.flink.cep.pattern.Pattern;
import org.apache.flink.table.api.Table;
import org.apache.flink.table.api.bridge.java.StreamTableEnvironment;

/** What is looked for, as each peer writes it, and the payments that it is looked for in. */
interface Work {

  /** A work by its name, such as {@code two-steps} or {@code rules-100}. */
  static Work named(String name) {
    return RulesWorkload.isName(name) ? RulesWorkload.named(name) : Workload.named(name);
  }

  Payments payments(long count);

  /** Whether the payments come as JSON. */
  boolean isFromJson();

  /** What pyflink-cep finds: two columns, a BIGINT and a DOUBLE. */
  Table found(StreamTableEnvironment tables, Table payments);

  /** The patterns as flink-cep has them. */
  List<Pattern<Payment, ?>> patterns();

  /** The pattern as the inside of a MATCH_RECOGNIZE, after its PARTITION BY and ORDER BY. */
  default String matchRecognize() {
    throw new UnsupportedOperationException(this + " has no MATCH_RECOGNIZE");
  }
}
