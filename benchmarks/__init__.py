"""Benchmarks: how fast the API is, what it costs, and that it stays so as the data grows."""
