"""`python -m pyflink_cep` is the command `pyflink-cep`."""

from pyflink_cep.cli import app

if __name__ == "__main__":
    app(prog_name="pyflink-cep")
