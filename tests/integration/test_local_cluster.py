import json
from urllib.request import urlopen

from pyflink.util.java_utils import get_j_env_configuration

from demo.mini_cluster import prepare
from pyflink_cep._local_cluster import rest_url


def test_jobs_that_run_at_once_have_a_port_each_though_one_is_set_for_all():
    several = [prepare(parallelism=1) for _ in range(4)]
    for tables in several:
        # As where Flink is installed with a configuration of its own.
        get_j_env_configuration(tables._get_j_env()).setString("rest.port", "38081")
    started = [start(tables) for tables in several]
    try:
        urls = [rest_url(job) for job in started]
        assert len(set(urls)) == len(several)
        for url, job in zip(urls, started, strict=True):
            with urlopen(f"{url}/jobs", timeout=60) as response:
                assert [told["id"] for told in json.load(response)["jobs"]] == [str(job.get_job_id())]
    finally:
        for job in started:
            job.cancel().result()


def start(tables):
    """A job that has no end."""
    tables.execute_sql(
        "CREATE TABLE numbers (n BIGINT) WITH ('connector' = 'datagen', 'rows-per-second' = '1')"
    )
    tables.execute_sql("CREATE TABLE nothing (n BIGINT) WITH ('connector' = 'blackhole')")
    return tables.execute_sql("INSERT INTO nothing SELECT n FROM numbers").get_job_client()
