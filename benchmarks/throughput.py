"""Throughput: each scenario in rounds, ours and the floor in turn; what it costs, in ratios."""

import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any, Final
from uuid import UUID

from benchmarks import machine, processes
from benchmarks.asking import ask, compare, compare_created
from benchmarks.database import Observer
from benchmarks.driver import Driver, Job
from benchmarks.figures import median, percentile
from benchmarks.http import Prepared, Target
from benchmarks.measuring import measure
from benchmarks.program import Ours, Running, make_data, ours, the_floor
from benchmarks.scenarios import Scenario, new_moment, scenarios

Say = Callable[[str], None]

_WARM_UP_SECONDS: Final = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How it is measured.

    Attributes:
        folder: of the data.
        count: contactmomenten in it.
        seed: of the data.
        reuse: whether data of an earlier run is used as that run left it.
        workers: of each server.
        connections: of the load.
        rounds: of each scenario on each server, where there are two.
        single_rounds: of each other scenario.
        seconds: of a round.
        idle_seconds: in which nothing is asked.
        only: parts of the names of the scenarios that are wanted; none for all.
    """

    folder: Path
    count: int
    seed: int
    reuse: bool
    workers: int
    connections: int
    rounds: int
    single_rounds: int
    seconds: float
    idle_seconds: float
    only: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """One round; times in seconds, processor times in seconds per request."""

    server: str
    requests: int
    seconds: float
    p50: float
    p99: float
    application: float
    database: float

    @property
    def processor(self) -> float:
        """Return the processor time of application and database together."""
        return self.application + self.database


@dataclass(frozen=True, slots=True)
class Summary:
    """The medians of the rounds on one server; units as in `Round`."""

    rate: float
    p50: float
    p99: float
    application: float
    database: float
    processor: float

    @classmethod
    def of(cls, rounds: Sequence[Round]) -> "Summary":
        """Return the medians of `rounds`."""
        return cls(
            rate=median([one.requests / one.seconds for one in rounds]),
            p50=median([one.p50 for one in rounds]),
            p99=median([one.p99 for one in rounds]),
            application=median([one.application for one in rounds]),
            database=median([one.database for one in rounds]),
            processor=median([one.processor for one in rounds]),
        )


@dataclass(frozen=True, slots=True)
class Result:
    """A scenario with all its rounds; `most` is the ratio to the floor that is promised."""

    name: str
    most: float | None
    rounds: Sequence[Round]

    def on(self, server: str) -> Sequence[Round]:
        """Return the rounds on a server."""
        return [one for one in self.rounds if one.server == server]

    @property
    def ratio(self) -> float | None:
        """Return ours against the floor, in processor time per request; None without a floor.

        It is the median of the ratios of neighbouring rounds: what slows down the machine for a
        while slows down both of a pair.
        """
        rounds = zip(self.on("ours"), self.on("floor"), strict=False)
        # A very short round may have taken less than the clock can tell.
        pairs = [(one, other) for one, other in rounds if other.processor]
        if not pairs:
            return None
        return median([one.processor / other.processor for one, other in pairs])

    @property
    def is_missed(self) -> bool:
        """Tell whether the promise is not kept."""
        ratio = self.ratio
        return self.most is not None and ratio is not None and ratio > self.most


@dataclass(frozen=True, slots=True)
class Report:
    """All that was measured.

    Attributes:
        about: machine, versions, moment.
        options: how it was measured.
        results: per scenario.
        memory: of each process of ours, after all rounds.
        idle: processor time of ours without requests: share of a core, application and database.
        started_in: seconds from the start of the command to the first answer, on existing data.
        uncounted: new contactmomenten that the kept counts do not have yet, at the end of all
            rounds; lists count these at each request.
    """

    about: dict[str, str]
    options: dict[str, Any]
    results: Sequence[Result]
    memory: Sequence[processes.Memory]
    idle: processes.Usage
    started_in: float
    uncounted: int


def run(options: Options, say: Say) -> Report:
    """Measure all scenarios.

    Raises:
        WrongAnswerError: an answer was wrong.
    """
    say(f"Data: {options.count:,} contactmomenten in {options.folder}")
    make_data(options.folder, options.count, seed=options.seed, trail=True, again=not options.reuse)
    with ExitStack() as stack:
        driver = stack.enter_context(Driver())
        program = stack.enter_context(ours(options.folder, workers=options.workers))
        floor = stack.enter_context(the_floor(program, workers=options.workers))
        observer = stack.enter_context(Observer(program.connection))
        about = dict(machine.describe(observer.value("SHOW server_version")))
        _compare(program.target, floor.target, observer.uuids(1, Random(1))[0])
        idle = _idle(program, options.idle_seconds)
        known = scenarios(observer, lambda uuids: _tags(program.target, uuids))
        bench = _Bench(driver, program, floor, observer, options)
        results = []
        for scenario in known:
            if options.only and not any(part in scenario.name for part in options.only):
                continue
            result = bench.measured(scenario)
            results.append(result)
            say(_line(result))
        memory = processes.memory(program.pid, without=program.postmaster)
        uncounted = observer.uncounted()
    given = {name: getattr(options, name) for name in Options.__slots__}
    given["folder"] = str(options.folder)
    return Report(about, given, results, memory, idle, program.started_in, uncounted)


class _Bench:
    """What all rounds need."""

    def __init__(
        self, driver: Driver, program: Ours, floor: Running, observer: Observer, options: Options
    ) -> None:
        self._driver = driver
        self._program = program
        self._floor = floor
        self._observer = observer
        self._options = options

    def measured(self, scenario: Scenario) -> Result:
        """Return all rounds of a scenario: A B A B."""
        options = self._options
        servers = [self._program, self._floor] if scenario.floor else [self._program]
        requests = {server.target.name: scenario.make(server.target) for server in servers}
        sent = dict.fromkeys(requests, 0)
        rounds = []
        for server in [] if scenario.once else servers:
            self._round(scenario, server, requests, sent, min(_WARM_UP_SECONDS, options.seconds))
        for _ in range(options.rounds if scenario.floor else options.single_rounds):
            for server in servers:
                found = self._round(scenario, server, requests, sent, options.seconds)
                if found is not None:
                    rounds.append(found)
        return Result(scenario.name, scenario.most, rounds)

    def _round(
        self,
        scenario: Scenario,
        server: Running,
        requests: dict[str, Sequence[Prepared]],
        sent: dict[str, int],
        seconds: float,
    ) -> Round | None:
        """Return a round; None when nothing is left to be sent."""
        name = server.target.name
        job = Job(
            port=server.target.port,
            requests=requests[name],
            seconds=seconds,
            connections=self._options.connections,
            start=sent[name],
            once=scenario.once,
        )
        outcome, usage = measure(self._driver, job, server, self._program, self._observer)
        sent[name] += outcome.requests
        if not outcome.requests:
            return None
        per = usage.per(outcome.requests)
        return Round(
            server=name,
            requests=outcome.requests,
            seconds=outcome.seconds,
            p50=percentile(outcome.latencies, 0.5),
            p99=percentile(outcome.latencies, 0.99),
            application=per.application,
            database=per.database,
        )


def _idle(program: Ours, seconds: float) -> processes.Usage:
    """Return what the program uses while nobody asks anything: shares of a core."""
    before = processes.moment(program.pid, program.postmaster)
    time.sleep(seconds)
    usage = processes.used(before, processes.moment(program.pid, program.postmaster))
    return processes.Usage(usage.application / seconds, usage.database / seconds)


def _compare(program: Target, floor: Target, uuid: UUID) -> None:
    """Make sure that the floor does what ours does, as far as it does anything.

    Raises:
        WrongAnswerError: it does not.
    """
    compare(program, floor, f"/contactmomenten/{uuid}")
    compare(program, floor, "/contactmomenten")
    compare_created(program, floor, "/contactmomenten", new_moment())


def _tags(target: Target, uuids: Sequence[UUID]) -> list[str]:
    """Return the ETags of contactmomenten."""
    return [ask(target, f"/contactmomenten/{uuid}").etag for uuid in uuids]


def _line(result: Result) -> str:
    found = [f"{result.name}:"]
    for server in ("ours", "floor"):
        if rounds := result.on(server):
            summary = Summary.of(rounds)
            found.append(
                f"{server} {summary.rate:,.0f}/s, {summary.processor * 1e6:,.0f} µs processor;"
            )
    if (ratio := result.ratio) is not None:
        found.append(f"ratio {ratio:.2f}")
    return " ".join(found)
