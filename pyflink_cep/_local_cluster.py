"""The cluster in the JVM of this process that a job runs on, where it runs on no other."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pyflink.common.job_client import JobClient

# The system gives the REST server a free port. One that is looked for before can be taken by somebody else meanwhile,
# as can one that is set where Flink is installed.
ANY_PORT = "rest.bind-port", "0"


def rest_url(job: JobClient) -> str:
    """The address of the REST server that tells of a job."""
    j_client = job._j_job_client
    # Flink 2.3.0 has no other way from a job to its cluster.
    field = j_client.getClass().getDeclaredField("miniCluster")
    field.setAccessible(True)
    url: str = field.get(j_client).getRestAddress().get().toString()
    return url
