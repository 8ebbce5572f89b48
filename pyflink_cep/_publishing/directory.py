"""A directory that jobs watch for rule documents: a file for each version, which is never changed."""

from __future__ import annotations

import errno
import os
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pyflink_cep._publishing.history import History, Publication
from pyflink_cep.errors import Diagnostic, TargetError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

# What file systems say that have no hard links.
_NO_LINKS = (errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS)


@dataclass(frozen=True, slots=True)
class Directory:
    """Rules as files `<id>.v<version>.json`, each one line of JSON.

    Jobs read it by Flink's filesystem source in the format `raw`, with a monitor interval. That reads a file once,
    which is why a version that is there is never written again; and it overlooks names that begin with a dot,
    which is why a file gets its name when it is complete.

    Attributes:
        path: The directory, which a publication creates.
    """

    path: Path
    forgets: None = None

    def exists(self) -> bool:
        """Whether there is such a directory."""
        return self.path.is_dir()

    def history(self) -> History:
        """Reads what was published, each rule's versions from low to high.

        Raises:
            TargetError: It can't be read.
        """
        if not self.path.exists():
            return {}
        versions: dict[str, dict[int, Publication]] = {}
        try:
            for file in data_files(self.path):
                for line in file.read_bytes().splitlines():
                    if publication := Publication.read(line):
                        versions.setdefault(publication.id, {})[publication.version] = publication
        except OSError as error:
            raise _unusable(self.path, "read", error) from error
        return {rule_id: [of_rule[v] for v in sorted(of_rule)] for rule_id, of_rule in versions.items()}

    def publish(self, publications: Sequence[Publication]) -> None:
        """Writes a file for each.

        Raises:
            TargetError: A file can't be written, or somebody else has published the version meanwhile.
        """
        for publication in publications:
            file = self.path / f"{publication.id}.v{publication.version}.json"
            try:
                self.path.mkdir(parents=True, exist_ok=True)
                _write_once(file, f"{publication.to_json()}\n")
            except FileExistsError as error:
                raise TargetError(
                    Diagnostic(
                        code="version-taken",
                        location=str(file),
                        message=f"somebody else has published version {publication.version} meanwhile",
                        hint="look at the difference with `--dry-run`, and publish again",
                    )
                ) from error
            except OSError as error:
                raise _unusable(file, "written", error) from error


def data_files(directory: Path) -> Iterator[Path]:
    """The files that Flink's filesystem source reads from a directory, in the order of their names.

    It overlooks what begins with a dot or an underscore: what is still being written, among others.
    """
    for path in sorted(directory.iterdir()):
        if path.name.startswith((".", "_")):
            continue
        if path.is_dir():
            yield from data_files(path)
        else:
            yield path


def _write_once(file: Path, text: str) -> None:
    """Gives a file its name once it is complete and on the disk, and only if no other file has the name."""
    draft = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        with draft.open("w", encoding="utf-8") as output:
            output.write(text)
            output.flush()
            os.fsync(output.fileno())
        # A rename would replace a file that has come meanwhile; a link doesn't.
        try:
            os.link(draft, file)
        except OSError as error:
            if error.errno not in _NO_LINKS:
                raise
            if file.exists():
                raise FileExistsError(file) from error
            draft.rename(file)
    finally:
        with suppress(FileNotFoundError):
            draft.unlink()


def _unusable(path: Path, done: str, error: OSError) -> TargetError:
    return TargetError(
        Diagnostic(
            code="unusable-directory",
            location=str(path),
            message=f"it can't be {done}: {error.strerror or error}",
        )
    )
