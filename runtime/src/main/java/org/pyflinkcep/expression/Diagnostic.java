package org.pyflinkcep.expression;

/**
 * One thing that is wrong with a pattern, and where.
 *
 * @param code a worded code, such as {@code unknown-step}
 * @param location which part of the pattern, such as {@code where of step `spend`}
 * @param source the whole expression, or null where the error is not in an expression
 * @param line the first line of the error in the source, from 1
 * @param column the first column of the error in the source, from 1
 * @param length how many characters of that line are wrong
 * @param message what was found, and what was expected
 * @param hint what to do, or null
 */
public record Diagnostic(
    String code,
    String location,
    String source,
    int line,
    int column,
    int length,
    String message,
    String hint) {}
