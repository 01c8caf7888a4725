"""Growth: the time of each list, in databases of several sizes that run side by side."""

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode

import msgspec

from benchmarks import machine
from benchmarks.asking import ask
from benchmarks.database import Observer
from benchmarks.driver import Driver, Job, WrongAnswerError
from benchmarks.figures import median, percentile
from benchmarks.measuring import measure
from benchmarks.program import Ours, make_data, ours
from benchmarks.questions import DEEP, PAGE_SIZE, Question, page_at, questions

Say = Callable[[str], None]

# The time of a list grows at most by this factor from the smallest to the largest database.
MOST: Final = 1.5

# Rows by which two pages may differ and still be compared.
_ABOUT: Final = 15

_WARM_UP_REQUESTS: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How it is measured.

    Attributes:
        folder: of the databases, which are kept.
        sizes: of the databases, in contactmomenten; the smallest first.
        seed: of the data.
        trail: whether the data has its audit trail; no list reads it.
        workers: of each server.
        rounds: of each question on each database.
        seconds: of a round.
        only: parts of the names of the questions that are wanted; none for all.
    """

    folder: Path
    sizes: Sequence[int]
    seed: int
    trail: bool
    workers: int
    rounds: int
    seconds: float
    only: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """What a question came to in a database; times in seconds per request.

    Attributes:
        size: contactmomenten in the database.
        count: rows in the list.
        page: that was asked for.
        rows: on that page.
        requests: in all rounds.
        median: of all requests.
        p90: of all requests.
        medians: of each round.
        application: processor time.
        database: processor time.
    """

    size: int
    count: int
    page: int
    rows: int
    requests: int
    median: float
    p90: float
    medians: Sequence[float]
    application: float
    database: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A question with a position, in all databases; from the smallest to the largest."""

    group: str
    name: str
    position: str
    points: Sequence[Point]

    @property
    def base(self) -> Point | None:
        """Return the smallest database where the page has about as many rows as in the largest.

        A page with fewer rows is faster for that reason alone. None when there is none.
        """
        *smaller, largest = self.points
        return next((point for point in smaller if abs(point.rows - largest.rows) <= _ABOUT), None)

    @property
    def growth(self) -> float | None:
        """Return the time in the largest database against that in `base`.

        Without one: against the smallest database, when its page has fewer rows and the promise is
        kept all the same.
        """
        base = self.base
        if base is not None:
            return _growth(base, self.points[-1])
        smallest, largest = self.points[0], self.points[-1]
        kept = smallest.rows < largest.rows and self.growth_at_all <= MOST
        return self.growth_at_all if kept else None

    @property
    def growth_at_all(self) -> float:
        """Return the time in the largest database against that in the smallest, come what may."""
        return _growth(self.points[0], self.points[-1])

    @property
    def is_missed(self) -> bool:
        """Tell whether the promise is not kept."""
        return self.growth is not None and self.growth > MOST


def _growth(base: Point, largest: Point) -> float:
    """Return the median of the ratios of rounds that were taken one after the other."""
    pairs = zip(base.medians, largest.medians, strict=True)
    return median([after / before for before, after in pairs])


@dataclass(frozen=True, slots=True)
class Report:
    """All that was measured."""

    about: dict[str, str]
    options: dict[str, Any]
    lines: Sequence[Line]


class Page(msgspec.Struct):
    """What is looked at of an answer."""

    count: int
    results: list[msgspec.Raw]


class _Base:
    """A database of one size, with its program, and the questions with its values."""

    def __init__(self, size: int, program: Ours, observer: Observer) -> None:
        self.size = size
        self.program = program
        self.observer = observer
        self.questions = {one.name: one for one in questions(observer)}
        self._counts: dict[object, int] = {}

    def count(self, question: Question) -> int:
        """Return how many rows the list has, as the database counts them."""
        key = (question.table, question.where, question.values)
        if key not in self._counts:
            found = self.observer.count(question.table, question.where, *question.values)
            self._counts[key] = found
        return self._counts[key]

    def check(self, question: Question, page: int) -> int:
        """Ask once; return how many rows are on the page.

        Raises:
            WrongAnswerError: the count, or the number of rows, is not right.
        """
        target, count = self.program.target, self.count(question)
        query = urlencode(question.asked(target, page))
        body = ask(target, f"{question.path}?{query}").body
        found = msgspec.json.decode(body, type=Page)
        rows = min(PAGE_SIZE, count - (page - 1) * PAGE_SIZE)
        if (found.count, len(found.results)) != (count, rows):
            seen = f"{found.count} rows, {len(found.results)} of them on the page"
            where = f"{question.name}, page {page}, of {self.size:,}"
            raise WrongAnswerError(f"{where}: {seen}; there are {count}, and {rows}")
        return rows


def run(options: Options, say: Say) -> Report:
    """Measure all questions.

    Raises:
        WrongAnswerError: a count, or an answer, was wrong.
    """
    for size in options.sizes:
        say(f"Data: {size:,} contactmomenten")
        folder = _folder(options, size)
        make_data(folder, size, seed=options.seed, trail=options.trail, again=False)
    with ExitStack() as stack:
        driver = stack.enter_context(Driver())
        bases = []
        for size in options.sizes:
            folder = _folder(options, size)
            program = stack.enter_context(ours(folder, workers=options.workers))
            observer = stack.enter_context(Observer(program.connection))
            say(f"Looking for values in {size:,}")
            bases.append(_Base(size, program, observer))
        about = dict(machine.describe(bases[0].observer.value("SHOW server_version")))
        lines = []
        for question in bases[0].questions.values():
            if options.only and not any(part in question.name for part in options.only):
                continue
            for position in question.positions:
                line = _line(driver, bases, question.name, position, options)
                lines.append(line)
                say(_said(line))
    given = {name: getattr(options, name) for name in Options.__slots__}
    given["folder"] = str(options.folder)
    return Report(about, given, lines)


def _folder(options: Options, size: int) -> Path:
    return options.folder / f"flat-{size}"


def _line(
    driver: Driver, bases: Sequence[_Base], name: str, position: str, options: Options
) -> Line:
    """Ask in each database in turn, and so again in each round."""
    takers = [_Taker(driver, base, base.questions[name], position) for base in bases]
    for _ in range(options.rounds):
        for taker in takers:
            taker.round(options.seconds)
    question = bases[0].questions[name]
    points = [taker.point() for taker in takers]
    return Line(group=question.group, name=name, position=position, points=points)


class _Taker:
    """Takes the times of one question, at one position, in one database."""

    def __init__(self, driver: Driver, base: _Base, question: Question, position: str) -> None:
        self._driver = driver
        self._base = base
        self._count = base.count(question)
        self._page = page_at(position, self._count)
        self._rows = base.check(question, self._page)
        target = base.program.target
        contains = b'"count":%d,' % self._count
        query = question.asked(target, self._page)
        self._request = target.get(question.path, query, contains=contains)
        self._latencies: list[float] = []
        self._medians: list[float] = []
        self._application = self._database = 0.0
        driver.run(self._job(60.0, _WARM_UP_REQUESTS))

    def _job(self, seconds: float, most: int) -> Job:
        return Job(
            port=self._base.program.target.port,
            requests=[self._request],
            seconds=seconds,
            connections=1,
            most=most,
        )

    def round(self, seconds: float) -> None:
        program = self._base.program
        job = self._job(seconds, 0)
        outcome, usage = measure(self._driver, job, program, program, self._base.observer)
        if not outcome.latencies:  # on a busy machine a short round may pass without an answer
            self.round(2 * seconds)
            return
        self._latencies += outcome.latencies
        self._medians.append(median(outcome.latencies))
        self._application += usage.application
        self._database += usage.database

    def point(self) -> Point:
        requests = len(self._latencies)
        return Point(
            size=self._base.size,
            count=self._count,
            page=self._page,
            rows=self._rows,
            requests=requests,
            median=median(self._latencies),
            p90=percentile(self._latencies, 0.9),
            medians=self._medians,
            application=self._application / requests,
            database=self._database / requests,
        )


def _said(line: Line) -> str:
    times = ", ".join(f"{point.median * 1e3:.2f} ms" for point in line.points)
    growth = "not comparable" if line.growth is None else f"x {line.growth:.2f}"
    where = f" (page {line.points[-1].page})" if line.position == DEEP else ""
    missed = " MISSED" if line.is_missed else ""
    return f"{line.group}: {line.name}, {line.position}{where}: {times}: {growth}{missed}"
