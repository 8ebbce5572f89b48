"""Seeded generators of the jobs' input, one module a job."""
