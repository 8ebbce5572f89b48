"""Enrichment functions of the jobs: plain Python, and beside each the Flink function that wraps it."""
