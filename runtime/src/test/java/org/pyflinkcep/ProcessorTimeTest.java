package org.pyflinkcep;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

class ProcessorTimeTest {

  @Test
  void waiting_takes_none() throws Exception {
    ProcessorTime time = ProcessorTime.start();
    Thread.sleep(300);
    assertThat(time.taken()).isLessThan(Duration.ofMillis(200));
    assertThatCode(
            () -> ProcessorTime.assertWithin(Duration.ofMillis(100), () -> Thread.sleep(300)))
        .doesNotThrowAnyException();
  }

  @Test
  void an_action_that_takes_more_than_its_limit_fails_while_it_runs() {
    AtomicBoolean goOn = new AtomicBoolean(true);
    assertThatThrownBy(() -> ProcessorTime.assertWithin(Duration.ofMillis(50), () -> spin(goOn)))
        .isInstanceOf(AssertionError.class)
        .hasMessage("took more processor time than PT0.05S")
        .hasStackTraceContaining("ProcessorTimeTest.spin");
    goOn.set(false);
  }

  private static void spin(AtomicBoolean goOn) {
    while (goOn.get()) {
      Thread.onSpinWait();
    }
  }

  @Test
  void what_an_action_throws_is_thrown() {
    IllegalStateException failure = new IllegalStateException("x");
    assertThatThrownBy(
            () ->
                ProcessorTime.assertWithin(
                    Duration.ofSeconds(1),
                    () -> {
                      throw failure;
                    }))
        .isSameAs(failure);
  }
}
