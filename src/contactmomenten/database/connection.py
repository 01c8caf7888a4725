"""Where the PostgreSQL of this program is, and how asyncpg is told."""

import re
import ssl
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import parse_qsl, unquote

Address = tuple[str, int]

_DEFAULT_PORT = 5432
_HIGHEST_PORT = 65_535

_URL = re.compile(r"postgres(?:ql)?://(?:([^@/?#]*)@)?([^@/?#]*)(?:/([^?#]*))?(?:\?([^#]*))?")
_HOST_AND_PORT = re.compile(r"(\[[^\[\]]*\]|[^:\[\]]*)(?::(\d*))?")

_SSL_MODES = ("disable", "allow", "prefer", "require", "verify-ca", "verify-full")
_VERIFYING = ("verify-ca", "verify-full")
_STANDBY_OR_ANY = "prefer-standby"
_SESSIONS = ("any", "primary", "standby", _STANDBY_OR_ANY, "read-write", "read-only")

# What a URL's query may carry, with the values that are allowed; None allows all.
_OPTIONS: Mapping[str, tuple[str, ...] | None] = {
    "sslmode": _SSL_MODES,
    "sslrootcert": None,
    "sslcert": None,
    "sslkey": None,
    "target_session_attrs": _SESSIONS,
    # asyncpg binds no channels; to promise it and not do it would be worse than to refuse.
    "channel_binding": ("disable", "prefer"),
    # This program sets these itself.
    "application_name": None,
    "connect_timeout": None,
}
# Parts of the address that the query may carry as well; there they win, as in libpq.
_ADDRESS = ("host", "port", "user", "password", "dbname")


@dataclass(frozen=True, slots=True)
class ConnectionInfo:
    """Where the database is: everything asyncpg.connect needs.

    Attributes:
        host: a host name or address, or the folder of a Unix socket (absolute).
        port: the TCP port, or the number in the name of the socket.
        database: the name of the database.
        user: the role to log in as.
        password: its password; None leaves it to asyncpg (``PGPASSWORD``, ``~/.pgpass``).
        options: extras by their libpq name, such as ``sslmode`` and ``sslrootcert``.
        others: further hosts and ports, of which one takes over when the first is lost.
        pooler: whether a pooler in transaction mode is in between.
    """

    host: str
    port: int
    database: str
    user: str
    password: str | None = field(repr=False)
    options: Mapping[str, str] = field(default_factory=dict)
    others: tuple[Address, ...] = ()
    pooler: bool = False

    @classmethod
    def from_url(cls, url: str, *, session: str = "read-write") -> "ConnectionInfo":
        """Read a URL such as ``postgresql://user:password@host:5432/database?sslmode=require``.

        The folder of a Unix socket is written as ``?host=/folder`` or, percent-encoded, in the
        place of the host. Several hosts are separated by commas, each with its own port.

        Args:
            url: as libpq knows it.
            session: the ``target_session_attrs`` of a URL with several hosts that has none.

        Raises:
            ValueError: the URL cannot be used; the text never holds the password.
        """
        match = _URL.fullmatch(url.strip())
        if match is None:
            raise ValueError(
                "this is not a URL of the form postgresql://user:password@host:port/database"
                " (characters such as @ / ? # in a user or password are percent-encoded)"
            )
        account, location, path, query = (part or "" for part in match.groups())
        user, _, password = account.partition(":")
        hosts, ports = zip(*map(_host_and_port, location.split(",")), strict=True)
        parts = {
            "host": ",".join(hosts),
            "port": ",".join(ports),
            "user": unquote(user),
            "password": unquote(password),
            "dbname": unquote(path),
        }
        pairs = _query(query)
        parts |= {name: value for name, value in pairs if name in _ADDRESS}
        # First, as a ? in a password leaves the URL without a user and with a strange option.
        if not parts["user"]:
            raise ValueError("the URL names no user")
        options = {name: _allowed(name, value) for name, value in pairs if name not in _ADDRESS}
        (host, port), *others = _addresses(parts["host"].split(","), parts["port"].split(","))
        if others:
            options.setdefault("target_session_attrs", session)
        return cls(
            host=host,
            port=port,
            # As libpq: a database with the name of the user.
            database=parts["dbname"] or parts["user"],
            user=parts["user"],
            password=parts["password"] or None,
            options=options,
            others=tuple(others),
        )

    @property
    def addresses(self) -> tuple[Address, ...]:
        """Return every host with its port."""
        return ((self.host, self.port), *self.others)

    def places(self) -> list["ConnectionInfo"]:
        """Return what to try, in this order: one host each."""
        places = [replace(self, host=host, port=port, others=()) for host, port in self.addresses]
        if self.options.get("target_session_attrs") != _STANDBY_OR_ANY:
            return places
        return [place.wanting(session) for session in ("standby", "any") for place in places]

    def wanting(self, session: str) -> "ConnectionInfo":
        """Return the same with `session` as its ``target_session_attrs``."""
        return replace(self, options={**self.options, "target_session_attrs": session})

    def connect_args(self) -> dict[str, Any]:
        """Return the keyword arguments for ``asyncpg.connect``, to the first host.

        Never among them: ``timeout``, ``command_timeout`` and ``server_settings``.

        Raises:
            OSError: a file with a certificate or key cannot be read (`ssl.SSLError` is one too).
        """
        arguments: dict[str, Any] = {
            "host": self.host,
            "port": self.port,
            "database": self.database,
            "user": self.user,
        }
        if self.password is not None:
            arguments["password"] = self.password
        if self.host.startswith("/"):
            # Else a PGSSLMODE in the environment would make asyncpg look for certificates.
            arguments["ssl"] = False
        elif (encryption := self._ssl()) is not None:
            arguments["ssl"] = encryption
        if "target_session_attrs" in self.options:
            arguments["target_session_attrs"] = self.options["target_session_attrs"]
        if self.pooler:
            # A named statement stays behind on a connection that is another client's next.
            arguments["statement_cache_size"] = 0
        return arguments

    def _ssl(self) -> ssl.SSLContext | str | None:
        """Return a context when there are files to load or a server to verify."""
        mode = self.options.get("sslmode")
        authority = self.options.get("sslrootcert")
        certificate = self.options.get("sslcert")
        if mode == "disable" or (mode not in _VERIFYING and not authority and not certificate):
            return mode
        context = ssl.create_default_context(cafile=None if authority == "system" else authority)
        # An authority "system" signs for everyone, so only the name tells the server apart.
        context.check_hostname = mode == "verify-full" or authority == "system"
        if mode not in _VERIFYING and not authority:
            context.verify_mode = ssl.CERT_NONE
        if certificate:
            context.load_cert_chain(certificate, self.options.get("sslkey"))
        return context


def _query(query: str) -> list[tuple[str, str]]:
    try:
        return parse_qsl(query, keep_blank_values=True, strict_parsing=bool(query))
    except ValueError:
        # The text of the original may quote a password.
        raise ValueError("what follows the ? is not of the form name=value&name=value") from None


def _host_and_port(location: str) -> tuple[str, str]:
    match = _HOST_AND_PORT.fullmatch(location)
    if match is None:
        raise ValueError("the URL's host and port are not of the form host:port")
    host, port = match.groups()
    return unquote(host.strip("[]")), port or ""


def _addresses(hosts: Sequence[str], ports: Sequence[str]) -> list[Address]:
    """Pair them as libpq does: one port may be that of all hosts."""
    if len(ports) == 1:
        ports = [*ports] * len(hosts)
    if len(hosts) != len(ports):
        raise ValueError("the URL does not name as many ports as hosts")
    return [(host or "localhost", _port(port)) for host, port in zip(hosts, ports, strict=True)]


def _port(text: str) -> int:
    if not text:
        return _DEFAULT_PORT
    if not (text.isascii() and text.isdecimal() and 0 < int(text) <= _HIGHEST_PORT):
        raise ValueError(f"the URL's port is not a number from 1 to {_HIGHEST_PORT}")
    return int(text)


def _allowed(name: str, value: str) -> str:
    if name not in _OPTIONS:
        raise ValueError(f"{name!r} is not one of the options {', '.join(_OPTIONS)}")
    values = _OPTIONS[name]
    if values is not None and value not in values:
        raise ValueError(f"{name} is not one of {', '.join(values)}")
    return value
