"""Logging: one event per line on standard error, never a secret or a person.

The text of an exception may quote a row, a URL or a header. It is never shown: what kind it is and
where it was raised is what a maintainer needs.
"""

import json
import logging
import sys
from collections.abc import Mapping
from traceback import format_tb
from types import TracebackType
from typing import Any, Final

import msgspec
import structlog
from structlog.types import EventDict, Processor

JSON: Final = "json"
CONSOLE: Final = "plain_console"

_SERVER: Final = "_granian"

# What adds to each event, see `tell_also`.
_more: Final[list[Processor]] = []


class Formatter(structlog.stdlib.ProcessorFormatter):
    """Writes what the HTTP server and libraries log as our own events are written."""

    def __init__(self, form: str) -> None:
        """Write in this format, `JSON` or `CONSOLE`."""
        super().__init__(
            foreign_pre_chain=_chain(),
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                _as_json if form == JSON else _for_people(),
            ],
        )

    def format(self, record: logging.LogRecord) -> str:
        """Return the line of `record`."""
        arguments = record.args
        if isinstance(arguments, Mapping):
            record.args = {name: _without_error(one) for name, one in arguments.items()}
        elif arguments:
            record.args = tuple(map(_without_error, arguments))
        record.msg = _without_error(record.msg)
        return super().format(record)


def format_for(given: str) -> str:
    """Return the format that is asked for; ``""`` leaves it to who reads."""
    return given or (CONSOLE if sys.stderr.isatty() else JSON)


def set_up_logging(level: str, given: str = "") -> None:
    """Write events of `level` and above to standard error.

    Args:
        level: DEBUG, INFO, WARNING, ERROR or CRITICAL.
        given: the format, see `format_for`.
    """
    number = logging.getLevelNamesMapping()[level.upper()]
    form = format_for(given)
    render = _as_json if form == JSON else _for_people()
    structlog.configure(
        processors=[*_chain(), _in_bytes(render)],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.BytesLoggerFactory(sys.stderr.buffer),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(Formatter(form))
    logging.basicConfig(level=number, handlers=[handler])
    asyncio_log = logging.getLogger("asyncio")
    if _without_contents not in asyncio_log.filters:
        asyncio_log.addFilter(_without_contents)


def tell_also(processor: Processor) -> None:
    """Have `processor` add to each event from now on, in this process."""
    _more.append(processor)


def of_server(given: str) -> dict[str, Any]:
    """Return the configuration, for `logging.config`, of the log of the HTTP server.

    It is what a worker logs with until it has set up its own, too.
    """
    return {
        "formatters": {"ours": {"()": f"{__name__}.Formatter", "form": format_for(given)}},
        "handlers": {
            "ours": {
                "class": "logging.StreamHandler",
                "formatter": "ours",
                "stream": "ext://sys.stderr",
            }
        },
        "loggers": {_SERVER: {"handlers": ["ours"], "propagate": False}},
    }


def without_text(error: BaseException | None) -> str:
    """Return where `error` was raised, and what kind it is; its causes likewise."""
    if error is None:
        return ""
    before = without_text(error.__cause__ or error.__context__)
    where = "".join(format_tb(error.__traceback__))
    return f"{before}{where}{_kind(error)}\n"


def hide_texts_of_errors() -> None:
    """Show an error that ends this program without its text."""

    def show(_: type[BaseException], error: BaseException, __: TracebackType | None) -> None:
        sys.stderr.write(f"This is a fault in the program.\n{without_text(error)}")

    sys.excepthook = show


def _chain() -> list[Processor]:
    """Return what is done with each event before it is written."""
    return [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _with_source,
        _with_more,
        _without_texts,
    ]


def _with_source(_: object, __: str, event: EventDict) -> EventDict:
    """Tell which part of the program says it."""
    event["source"] = "granian" if event.get("logger") == _SERVER else "app"
    return event


def _with_more(logger: object, method: str, event: EventDict) -> EventDict:
    for processor in _more:
        processor(logger, method, event)
    return event


def _without_texts(_: object, __: str, event: EventDict) -> EventDict:
    """Show of an exception its type and where it was raised."""
    info = event.pop("exc_info", None)
    if info:
        error = info[1] if isinstance(info, tuple) else info
        if not isinstance(error, BaseException):
            error = sys.exc_info()[1]
        event["exception"] = without_text(error)
    return event


def _for_people() -> Processor:
    render = structlog.dev.ConsoleRenderer(
        colors=sys.stderr.isatty(),
        # The other ones show local variables, and so secrets and people.
        exception_formatter=structlog.dev.plain_traceback,
    )

    def line(logger: object, method: str, event: EventDict) -> str:
        del event["source"]
        return render(logger, method, {name: _without_error(one) for name, one in event.items()})

    return line


def _as_json(_: object, __: str, event: EventDict) -> str:
    try:
        return msgspec.json.encode(event, enc_hook=_kind).decode()
    except ValueError:  # text that is no Unicode
        return json.dumps(event, default=_kind)


def _in_bytes(render: Processor) -> Processor:
    def line(logger: object, method: str, event: EventDict) -> bytes:
        return str(render(logger, method, event)).encode(errors="backslashreplace")

    return line


def _kind(value: object) -> str:
    return f"{type(value).__module__}.{type(value).__qualname__}"


def _without_error(value: object) -> Any:  # noqa: ANN401 (what a library logs)
    """Return `value`; of an exception its kind only."""
    return _kind(value) if isinstance(value, BaseException) else value


def _without_contents(record: logging.LogRecord) -> bool:
    """Keep of what asyncio says its first line, without tasks, callbacks and their arguments."""
    arguments = record.args if isinstance(record.args, tuple) else ()
    record.args = tuple(
        one if isinstance(one, int | float) else type(one).__name__ for one in arguments
    )
    record.msg = str(record.msg).partition("\n")[0]
    return True
