"""Who keeps the job on its cluster."""

import json
import os
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from deploy.local import submit


def stored(state, name, at):
    folder = state / name
    folder.mkdir(parents=True)
    (folder / "_metadata").touch()
    os.utime(folder / "_metadata", (at, at))
    return folder


def test_a_job_goes_on_from_its_newest_state(tmp_path):
    assert submit.newest_state(tmp_path) is None
    stored(tmp_path, "checkpoints/first-job/chk-9", at=100)
    savepoint = stored(tmp_path, "savepoints/savepoint-1", at=200)
    (tmp_path / "checkpoints" / "first-job" / "chk-10").mkdir()
    assert submit.newest_state(tmp_path) == savepoint
    checkpoint = stored(tmp_path, "checkpoints/second-job/chk-1", at=300)
    assert submit.newest_state(tmp_path) == checkpoint


@pytest.fixture
def cluster():
    """Flink's REST interface: each question for jobs is answered by the next of `states`, in the end by the last."""

    class Rest(BaseHTTPRequestHandler):
        states = ("RUNNING",)

        def do_GET(self):
            answers = {"/overview": {"slots-available": 1}, "/jobs/overview": {"jobs": self.jobs()}}
            self.send_response(200)
            self.end_headers()
            self.wfile.write(json.dumps(answers[self.path]).encode())

        def jobs(self):
            state, *rest = Rest.states
            Rest.states = rest or [state]
            return [{"jid": "1", "state": state}]

        def log_message(self, *_):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Rest) as server:
        threading.Thread(target=server.serve_forever).start()
        Rest.url = f"http://127.0.0.1:{server.server_port}"
        yield Rest
        server.shutdown()


@pytest.mark.parametrize(("ended", "status"), [("FINISHED", 0), ("CANCELED", 0), ("FAILED", 1)])
def test_a_job_that_fails_is_submitted_again_and_one_that_was_stopped_is_not(
    cluster, tmp_path, monkeypatch, ended, status
):
    cluster.states = ("RUNNING", "RUNNING", "RUNNING", ended)
    monkeypatch.setattr(submit, "SECONDS_BETWEEN_LOOKS", 0.01)
    monkeypatch.setattr(
        sys, "argv", ["submit", f"--rest={cluster.url}", f"--state={tmp_path}", "--", "flink"]
    )

    assert submit.main() == status
