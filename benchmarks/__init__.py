"""The speed of pyflink-cep beside its peers': see README.md."""
