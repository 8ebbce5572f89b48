/** The matcher and its peers, each on the same payments. */
package org.pyflinkcep.benchmarks;
