package org.pyflinkcep.conformance;

/** What finds the matches of a case. */
public interface Engine {

  Outcome run(MatchCase matchCase) throws Exception;
}
