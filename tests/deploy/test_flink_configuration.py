"""Every setting of deploy/flink-conf is one that Flink knows, with a value that Flink can read."""

import zipfile
from pathlib import Path

import pyflink
import pytest
from pyflink.java_gateway import get_gateway

CONFIGURATION = Path(__file__).resolve().parents[2] / "deploy" / "flink-conf"
FLINK = Path(pyflink.__path__[0])
REPORTER = "metrics.reporter.prom."


@pytest.fixture(scope="module")
def options():
    """All the options of Flink's jars, by their keys."""
    jars = [*(FLINK / "lib").glob("*.jar"), *(FLINK / "opt").glob("flink-python-*.jar")]
    return {option.key(): option for jar in jars for name in option_classes(jar) for option in declared(name)}


@pytest.fixture(scope="module")
def settings():
    """The file as Flink reads it: a flat map."""
    configuration = get_gateway().jvm.org.apache.flink.configuration
    return configuration.GlobalConfiguration.loadConfiguration(str(CONFIGURATION))


def option_classes(jar):
    with zipfile.ZipFile(jar) as entries:
        for name in entries.namelist():
            of_flink = name.startswith("org/apache/flink/") and "/shaded/" not in name
            if of_flink and name.endswith("Options.class") and "$" not in name:
                yield name.removesuffix(".class").replace("/", ".")


def declared(class_name):
    jvm = get_gateway().jvm
    loader = jvm.java.lang.Thread.currentThread().getContextClassLoader()
    for field in jvm.java.lang.Class.forName(class_name, False, loader).getDeclaredFields():
        is_static = jvm.java.lang.reflect.Modifier.isStatic(field.getModifiers())
        if is_static and field.getType().getSimpleName() == "ConfigOption":
            field.setAccessible(True)
            yield field.get(None)


def unreadable(settings, options):
    """The settings that Flink wouldn't read, each with why."""
    wrong = {}
    for key in settings.keySet():
        if key not in options:
            wrong[key] = "unknown"
            continue
        try:
            settings.get(options[key])
        except Exception as error:
            wrong[key] = str(error).splitlines()[1]
    return wrong


def test_flink_reads_every_setting(settings, options):
    assert len(settings.keySet()) > 30
    # What a reporter reads isn't among Flink's options.
    of_the_reporter = {f"{REPORTER}{key}" for key in ("factory.class", "port", "filterLabelValueCharacters")}
    assert set(unreadable(settings, options)) == of_the_reporter


def test_the_metrics_reporter_is_one_that_flink_ships(settings):
    (jar,) = (FLINK / "plugins" / "metrics-prometheus").glob("*.jar")
    factory = settings.toMap()[f"{REPORTER}factory.class"]
    assert f"{factory.replace('.', '/')}.class" in zipfile.ZipFile(jar).namelist()


@pytest.mark.parametrize(
    ("key", "value"),
    [("execution.checkpointing.min-paus", "5 s"), ("execution.checkpointing.interval", "often")],
)
def test_a_misspelt_setting_would_be_noticed(settings, options, key, value):
    changed = settings.clone()
    changed.setString(key, value)
    assert key in unreadable(changed, options)


def test_timeouts_hold_in_each_other(settings, options):
    """Each inner limit is below the outer one that would otherwise end the job or lose the transaction."""

    def milliseconds(key):
        return settings.get(options[key]).toMillis()

    interval, pause, timeout = (
        milliseconds(f"execution.checkpointing.{key}") for key in ("interval", "min-pause", "timeout")
    )
    assert pause < interval < timeout
    assert milliseconds("execution.checkpointing.aligned-checkpoint-timeout") < timeout
    assert milliseconds("heartbeat.interval") * 3 <= milliseconds("heartbeat.timeout")
