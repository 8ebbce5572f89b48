package org.pyflinkcep.expression;

/**
 * What a condition demands of a field of the tested event: without it, the condition isn't TRUE.
 *
 * @param field the place of the field in the event
 * @param comparison how it compares with the constant, to its right
 * @param constant the constant in Flink's internal representation of the field's type, not null
 */
public record Constraint(int field, Comparison comparison, Object constant) {}
