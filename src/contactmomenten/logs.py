"""Logging: one event per line on standard error, never a secret or a person.

The text of an exception may quote a row, a URL or a header. It is never shown: what kind it is and
where it was raised is what a maintainer needs.
"""

import logging
import sys
from traceback import format_tb
from types import TracebackType
from typing import TypeAlias

import structlog

_Raised: TypeAlias = (
    tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]
)


class Formatter(logging.Formatter):
    """A formatter that shows of an exception its type and where it was raised."""

    def formatException(self, ei: _Raised) -> str:  # noqa: N802 (the name that logging gives it)
        """Return the kind of the exception, and where it was raised."""
        return without_text(ei[1])


def without_text(error: BaseException | None) -> str:
    """Return where `error` was raised, and what kind it is; its causes likewise."""
    if error is None:
        return ""
    before = without_text(error.__cause__ or error.__context__)
    where = "".join(format_tb(error.__traceback__))
    return f"{before}{where}{type(error).__module__}.{type(error).__qualname__}\n"


def set_up_logging(level: str) -> None:
    """Write events of `level` and above to standard error."""
    number = logging.getLevelNamesMapping()[level.upper()]
    structlog.configure(
        processors=[
            structlog.stdlib.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.dev.ConsoleRenderer(
                colors=sys.stderr.isatty(),
                # The other ones show local variables, and so secrets and people.
                exception_formatter=structlog.dev.plain_traceback,
            ),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    logging.basicConfig(level=number, handlers=[handler])
    asyncio_log = logging.getLogger("asyncio")
    if _without_contents not in asyncio_log.filters:
        asyncio_log.addFilter(_without_contents)


def hide_texts_of_errors() -> None:
    """Show an error that ends this program without its text."""

    def show(_: type[BaseException], error: BaseException, __: TracebackType | None) -> None:
        sys.stderr.write(f"This is a fault in the program.\n{without_text(error)}")

    sys.excepthook = show


def _without_contents(record: logging.LogRecord) -> bool:
    """Keep of what asyncio says its first line, without tasks, callbacks and their arguments."""
    arguments = record.args if isinstance(record.args, tuple) else ()
    record.args = tuple(
        one if isinstance(one, int | float) else type(one).__name__ for one in arguments
    )
    record.msg = str(record.msg).partition("\n")[0]
    return True
