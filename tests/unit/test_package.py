from importlib.metadata import version

import pyflink_cep


def test_the_version_is_that_of_the_distribution():
    assert pyflink_cep.__version__ == version("pyflink-cep")
