"""A round: load on a server, and what it cost."""

from benchmarks import floor, processes
from benchmarks.database import Observer
from benchmarks.driver import Driver, Job, Outcome
from benchmarks.processes import Usage
from benchmarks.program import Ours, Running

# How the connections of each server are named in the database.
_NAMES = {"floor": floor.APPLICATION_NAME}
_OURS = "contactmomenten"


def measure(
    driver: Driver, job: Job, server: Running, program: Ours, observer: Observer
) -> tuple[Outcome, Usage]:
    """Return how a round on `server` went, and the processor time that it took in all.

    Args:
        driver: that makes the load.
        job: the load.
        server: that is measured.
        program: whose database `server` uses.
        observer: of that database.
    """
    name = _NAMES.get(server.target.name, _OURS)
    postmaster = program.postmaster
    # Each server has its own connections; what PostgreSQL does for the other one, and for us,
    # is not counted. Writing the log and such is done for both in the same processes.
    others = observer.backends(name)
    before = processes.moment(server.pid, postmaster)
    outcome = driver.run(job)
    after = processes.moment(server.pid, postmaster)
    others += observer.backends(name)
    return outcome, processes.used(before, after, others)
