from importlib.metadata import version

import pyflink_cep


def test_the_version_is_that_of_the_distribution():
    assert pyflink_cep.__version__ == version("pyflink-cep")


def test_the_public_names_are_these():
    assert pyflink_cep.__all__ == [
        "ArgumentTypeError",
        "CepError",
        "Diagnostic",
        "Found",
        "InputError",
        "JarNotFoundError",
        "JavaError",
        "Pattern",
        "PatternError",
        "Skip",
        "UnknownColumnError",
        "match",
    ]
