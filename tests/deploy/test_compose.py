"""docker-compose.yml: what the specification asks of it, and what we do."""

import contextlib
import re
import subprocess
from pathlib import Path

import compose_spec
import pytest
import yaml

from deploy.local import parts
from deploy.local.__main__ import make_secrets
from deploy.local.parts import PORTS, Place
from tests.conftest import skipping
from tests.services.server import NotInstallableError

ROOT = Path(__file__).resolve().parents[2]
COMPOSE = ROOT / "docker-compose.yml"


def without_variables(text):
    """The file with the defaults of its variables, as Compose takes it where the environment has none."""
    return re.sub(r"\$\{\w+:-([^}]*)}", r"\1", text)


@pytest.fixture(scope="module")
def composed():
    # YAML's merging of maps is done before: the library doesn't know it.
    return yaml.safe_load(without_variables(COMPOSE.read_text()))


def test_the_file_is_a_compose_file(composed):
    assert list(compose_spec.PyCompose.from_yaml(yaml.safe_dump(composed)).services) == sorted(
        composed["services"]
    )


def test_a_misspelt_key_would_be_noticed(composed):
    misspelt = yaml.safe_dump(composed).replace("mem_limit:", "mem_limt:")
    with pytest.raises(ValueError, match="mem_limt"):
        compose_spec.PyCompose.from_yaml(misspelt)


def test_docker_compose_reads_the_file():
    with skipping("Docker Compose"):
        command = [*compose_command(), "--file", str(COMPOSE), "config", "--quiet"]
    subprocess.run(command, check=True, cwd=ROOT)


def compose_command():
    for command in (["docker", "compose"], ["docker-compose"]):
        with contextlib.suppress(FileNotFoundError):
            if subprocess.run([*command, "version"], capture_output=True, check=False).returncode == 0:
                return command
    raise NotInstallableError("`apt-get install docker-compose` does it")


def services(composed):
    return composed["services"].items()


def test_the_job_is_given_the_same_as_where_it_is_a_process(composed, tmp_path):
    place = Place(tmp_path, dict.fromkeys(PORTS, 1))
    addresses = {
        "kafka:19092": place.kafka,
        "http://registry:8080/apis/ccompat/v7": place.registry,
        "jdbc:postgresql://postgres:5432/cep": place.postgres,
        "file:///lake": (tmp_path / "lake").as_uri(),
    }
    command = composed["services"]["job"]["command"]
    arguments = command[command.index("--python=jobs/card_fraud.py") + 1 :]
    for container, process in addresses.items():
        arguments = [argument.replace(container, process) for argument in arguments]

    assert arguments == parts.job_arguments(place)
    assert f"--parallelism={parts.PARALLELISM}" in command


def test_the_schemas_are_those_of_where_they_are_registered_by_a_process(composed):
    command = composed["services"]["schemas"]["command"]
    registered = [argument for argument in command if argument.startswith("schemas/")]
    assert registered == [f"schemas/{name}" for name in parts.IN_AVRO]
    assert command[-1] == parts.SUBJECT


def test_the_secrets_are_those_that_are_made_up(composed, tmp_path):
    make_secrets(tmp_path)
    assert {secret["file"] for secret in composed["secrets"].values()} == {
        f"./out/up/secrets/{file.name}" for file in (tmp_path / "secrets").iterdir()
    }


def test_every_image_has_a_version(composed):
    tags = {name: service["image"].partition(":")[2] for name, service in services(composed)}
    assert [name for name, tag in tags.items() if not re.search(r"\d+\.\d+", tag)] == []


def test_every_service_has_limits(composed):
    assert [name for name, service in services(composed) if not {"mem_limit", "cpus"} <= service.keys()] == []


def test_every_service_that_others_wait_for_says_how_it_is(composed):
    waited_for = {
        needed
        for _, service in services(composed)
        for needed, how in service.get("depends_on", {}).items()
        if how["condition"] == "service_healthy"
    }
    assert waited_for
    assert [name for name in waited_for if "healthcheck" not in composed["services"][name]] == []


def test_ports_are_open_to_this_machine_alone(composed):
    ports = [port for _, service in services(composed) for port in service.get("ports", ())]
    assert ports
    assert [port for port in ports if not port.startswith("127.0.0.1:")] == []


def test_no_secret_is_in_the_file(composed):
    for name, service in services(composed):
        for key in service.get("environment", {}):
            assert not re.search("PASSWORD|SECRET|TOKEN", key) or key.endswith("FILE"), f"{name}: {key}"


def test_what_is_mounted_is_there(composed):
    mounted = [
        volume.split(":") for _, service in services(composed) for volume in service.get("volumes", ())
    ]
    files = [source for source, *_ in mounted if source.startswith(".")]
    named = {source for source, *_ in mounted if not source.startswith(".")}
    assert [file for file in files if not (ROOT / file).exists()] == []
    assert named == composed["volumes"].keys()


def test_what_the_image_copies_gets_into_its_build():
    """.dockerignore lets through what COPY names."""
    dockerfile = ROOT / "deploy" / "images" / "flink" / "Dockerfile"
    let_through = [
        line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")
    ]
    copied = [line.split()[1] for line in dockerfile.read_text().splitlines() if line.startswith("COPY")]
    assert copied
    covered = [
        source for source in copied if any(f"{source}/".startswith(f"{path}/") for path in let_through)
    ]
    assert covered == copied
