/**
 * Complex event processing for PyFlink, on the JVM. Dependencies point one way: {@code flink ->
 * matcher -> expression}; only {@code flink} imports Flink's streaming classes.
 */
package org.pyflinkcep;
