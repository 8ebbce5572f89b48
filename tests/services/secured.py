"""A broker and a PostgreSQL server that ask who is there: TLS, passwords, rights. Certificates are made for the run."""

from __future__ import annotations

import shutil
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import trustme
from confluent_kafka.admin import AdminClient
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from deploy.local import acls
from tests.services.broker import Broker, broker_process
from tests.services.postgresql import PostgreSQL, postgresql_process, user_to_run_as

if TYPE_CHECKING:
    from collections.abc import Iterator

# Whoever is named here has a password; what else they may do is in deploy/kafka/acls.yaml.
PASSWORDS = {
    "admin": "admins-5ecret",
    "card_fraud": "jobs-5ecret",
    "analyst": "analysts-5ecret",
    "stranger": "strangers-5ecret",
}
MODULE = "org.apache.kafka.common.security.scram.ScramLoginModule"
# The connector carries Kafka's client in a package of its own.
SHADED_MODULE = f"org.apache.flink.kafka.shaded.{MODULE}"


@dataclass(frozen=True)
class Authority:
    """A certificate authority, with its files in a directory."""

    directory: Path
    ca: trustme.CA = field(default_factory=trustme.CA)

    def certificate(self) -> Path:
        """The authority's own, for clients."""
        file = self.directory / "ca.pem"
        self.ca.cert_pem.write_to_path(file)
        return file

    def for_this_machine(self) -> tuple[bytes, bytes]:
        """A private key, as Java reads them, and the certificate of a server at 127.0.0.1."""
        server = self.ca.issue_cert("127.0.0.1", "localhost")
        key = load_pem_private_key(server.private_key_pem.bytes(), password=None)
        chain = b"".join(blob.bytes() for blob in server.cert_chain_pems)
        return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()), chain


def jaas(user: str, module: str = MODULE, password: str | None = None) -> str:
    """How Kafka's Java client says who it is."""
    return f'{module} required username="{user}" password="{password or PASSWORDS[user]}";'


@dataclass(frozen=True)
class SecuredBroker:
    """A broker with TLS, SASL/SCRAM and rights.

    Attributes:
        address: Its host and port.
        authority: Of its certificate.
        broker: As the administrator sees it.
    """

    broker: Broker
    authority: Authority

    @property
    def address(self) -> str:
        """Its host and port."""
        return self.broker.address

    def client(self, user: str, **others: str) -> dict[str, str]:
        """What a client of librdkafka sets to be a user."""
        return {"bootstrap.servers": self.address} | client_settings(self.authority, user) | others

    def secrets(self, directory: Path, user: str, password: str | None = None) -> Path:
        """A folder as sql/tables/card_fraud/kafka_secured.sql reads it."""
        directory.mkdir(mode=0o700)
        shutil.copy(self.authority.certificate(), directory / "kafka-ca.pem")
        (directory / "kafka-jaas").write_text(jaas(user, SHADED_MODULE, password) + "\n")
        return directory


def client_settings(authority: Authority, user: str) -> dict[str, str]:
    return {
        "security.protocol": "SASL_SSL",
        "ssl.ca.location": str(authority.certificate()),
        "sasl.mechanism": "SCRAM-SHA-512",
        "sasl.username": user,
        "sasl.password": PASSWORDS[user],
    }


@contextmanager
def secured_broker(directory: Path) -> Iterator[SecuredBroker]:
    """Starts a broker that knows the users above, and lets them do what deploy/kafka/acls.yaml says."""
    authority = Authority(directory)
    key, chain = authority.for_this_machine()
    keystore = directory / "broker.pem"
    keystore.write_bytes(key + chain)
    properties = {
        "listener.security.protocol.map": "BROKER:SASL_SSL,CONTROLLER:PLAINTEXT",
        "ssl.keystore.type": "PEM",
        "ssl.keystore.location": str(keystore),
        "ssl.truststore.type": "PEM",
        "ssl.truststore.location": str(authority.certificate()),
        "sasl.enabled.mechanisms": "SCRAM-SHA-512",
        "sasl.mechanism.inter.broker.protocol": "SCRAM-SHA-512",
        "listener.name.broker.scram-sha-512.sasl.jaas.config": jaas("admin"),
        "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
        # Nobody may do what no right says. ANONYMOUS is the broker itself, on its controller's listener.
        "super.users": "User:admin;User:ANONYMOUS",
    }
    users = [
        part
        for user, password in PASSWORDS.items()
        for part in ("--add-scram", f"SCRAM-SHA-512=[name={user},password={password}]")
    ]
    client = client_settings(authority, "admin")
    with broker_process(directory, properties, client, users) as broker:
        acls.grant(AdminClient(broker.settings))
        yield SecuredBroker(broker, authority)


@contextmanager
def secured_postgresql(directory: Path) -> Iterator[tuple[PostgreSQL, Authority]]:
    """Starts a server that takes connections by TLS alone."""
    authority = Authority(directory)
    key, chain = authority.for_this_machine()
    # The server's user has to get to them, and only that user to the key.
    folder = Path(tempfile.mkdtemp(prefix="pyflink-cep-tls-"))
    try:
        for name, content in (("server.key", key), ("server.crt", chain)):
            (folder / name).write_bytes(content)
            (folder / name).chmod(0o600)
        user = user_to_run_as()
        if user is not None:
            for path in (folder, *folder.iterdir()):
                shutil.chown(path, user)
        settings = {
            "ssl": "on",
            "ssl_key_file": str(folder / "server.key"),
            "ssl_cert_file": str(folder / "server.crt"),
        }
        rules = ["hostssl all all 127.0.0.1/32 scram-sha-256", "hostnossl all all all reject"]
        with postgresql_process(settings, rules) as server:
            yield server, authority
    finally:
        shutil.rmtree(folder)
