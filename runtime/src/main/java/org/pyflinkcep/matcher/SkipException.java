package org.pyflinkcep.matcher;

/** A match has nowhere to skip to, and its pattern says that this is an error. */
public final class SkipException extends RuntimeException {

  SkipException(String message) {
    super(message);
  }
}
