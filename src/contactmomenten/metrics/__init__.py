"""Figures for Prometheus: counted in each worker, told by the program that started them.

`recorder` is what a worker counts with; `exporting.export` tells the sum of all workers on a port
of its own, which is never that of the API.
"""

from contactmomenten.metrics.recording import FAILED, OTHER, NoMetrics, Recorder, recorder

__all__ = ["FAILED", "OTHER", "NoMetrics", "Recorder", "recorder"]
