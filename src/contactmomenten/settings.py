"""Every setting of the program: its environment variable, type, default and meaning.

The names are those of the sister products where the meaning is the same. Any of them may be given
as a file: ``SECRET_KEY_FILE=/run/secrets/key`` is read as ``SECRET_KEY``.
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Annotated, Any, get_args, get_type_hints

import msgspec

from contactmomenten.database.connection import ConnectionInfo
from contactmomenten.http.cors import Cors, Origins
from contactmomenten.outgoing import OutgoingSettings

# Of a header with its value, percent-encoded or not.
_HEADER = r"\s*[A-Za-z0-9!#$%&'*+.^_`|~-]+\s*=[ -+.-~-]*"

_HTTP_URL = r"^https?://[^\s/?#]+[^\s?#]*$"

# A user with a password in a URL that is told about.
_USER_IN_URL = re.compile(r"//[^/@\s]*@")


OTLP_PROTOCOL = "http/protobuf"


class SettingsError(Exception):
    """A setting is wrong; the text says which, and why, without its value when secret."""

    def __init__(self, message: str) -> None:
        super().__init__(_USER_IN_URL.sub("//***@", message))


def _about(text: str, **limits: Any) -> msgspec.Meta:  # noqa: ANN401 (limits of msgspec.Meta)
    return msgspec.Meta(description=text, **limits)


class Settings(msgspec.Struct, frozen=True, kw_only=True, rename="upper"):
    """The settings, from the environment."""

    database_url: Annotated[
        str,
        _about(
            "PostgreSQL to use, as one URL. Wins over DB_*. It may name several hosts "
            "(…@one:5432,two:5432/…): of these, the one that takes writes is used."
        ),
    ] = ""
    database_replica_url: Annotated[
        str,
        _about(
            "Replica of that PostgreSQL, as one URL. Lists are read there, with what it has so "
            "far; while it is away they are read from the primary."
        ),
    ] = ""
    db_host: Annotated[
        str,
        _about(
            "Host (or socket folder) of the PostgreSQL to use; or several, comma separated, of "
            "which the one that takes writes is used."
        ),
    ] = ""
    db_port: Annotated[int, _about("Port of the PostgreSQL to use.", ge=1, le=65535)] = 5432
    db_name: Annotated[str, _about("Name of the database.")] = "contactmomenten"
    db_user: Annotated[str, _about("User at the database.")] = "contactmomenten"
    db_password: Annotated[str, _about("Password at the database.")] = ""
    database_migration_url: Annotated[
        str,
        _about(
            "The same PostgreSQL as one URL, with the role that owns the tables. It is used to "
            "bring them up to date and to load demo data, and gives the role of DATABASE_URL (or "
            "DB_USER) no more rights than serving takes. Default: one role does all."
        ),
    ] = ""
    db_migration_user: Annotated[
        str,
        _about("The same as DATABASE_MIGRATION_URL does, with this user and all else as it is."),
    ] = ""
    db_migration_password: Annotated[str, _about("Password of DB_MIGRATION_USER.")] = ""
    db_pool_max_size: Annotated[
        int, _about("Most connections to the database per worker.", ge=1, le=500)
    ] = 10
    db_pooler: Annotated[
        bool,
        _about(
            "Whether the database is reached through a pooler in transaction mode that keeps no "
            "prepared statements, such as PgBouncer before 1.21."
        ),
    ] = False
    db_timeout: Annotated[
        float,
        _about(
            "Seconds that one statement, or waiting for a connection, may take.", gt=0, le=86_400
        ),
    ] = 20.0
    secret_key: Annotated[
        str,
        _about(
            "Key with which secrets are encrypted in the database. Embedded database: made once "
            "and kept in the data folder when it is not given."
        ),
    ] = ""
    secret_key_previous: Annotated[
        str,
        _about(
            "Key that was used before SECRET_KEY: still opens secrets, until `contactmomenten "
            "secrets rotate` has encrypted all of them with SECRET_KEY."
        ),
    ] = ""
    site_domain: Annotated[
        str,
        _about(
            "Public host (and port) of this API, such as contactmomenten.example.nl.",
            pattern=r"^[^\s/?#@]*$",
        ),
    ] = ""
    is_https: Annotated[bool, _about("Whether the public URL starts with https.")] = True
    subpath: Annotated[
        str, _about("Mount path, such as /contactmomenten.", pattern=r"^[A-Za-z0-9._~/-]*$")
    ] = ""
    allowed_hosts: Annotated[
        str,
        _about(
            "Hosts this API answers to, comma separated; .example.nl allows subdomains, * all. "
            "Default: the loopback names and SITE_DOMAIN."
        ),
    ] = ""
    use_x_forwarded_host: Annotated[
        bool, _about("Believe X-Forwarded-Host of the TRUSTED_PROXIES.")
    ] = False
    trusted_proxies: Annotated[
        str,
        _about(
            "Addresses or networks, comma separated, whose X-Forwarded-Proto and -For (and -Host, "
            "see USE_X_FORWARDED_HOST) are believed; * is everybody."
        ),
    ] = ""
    cors_allow_all_origins: Annotated[
        bool | None,
        _about(
            "Whether pages of any origin may call this API from a browser; they need a token all "
            "the same. Default: true, unless one of the next two is given."
        ),
    ] = None
    cors_allowed_origins: Annotated[
        str,
        _about(
            "Origins that may call from a browser, comma separated, such as "
            "https://balie.example.nl.",
            pattern=r"^\s*[a-z][a-z0-9+.-]*://[^\s/,]+\s*(,\s*[a-z][a-z0-9+.-]*://[^\s/,]+\s*)*,?\s*$",
        ),
    ] = ""
    cors_allowed_origin_regexes: Annotated[
        str,
        _about("The same as regular expressions, of which one must match the whole origin."),
    ] = ""
    cors_extra_allow_headers: Annotated[
        str,
        _about(
            "Headers that a page may send besides the usual ones, comma separated.",
            pattern=r"^[A-Za-z0-9!#$%&'*+.^_`|~, -]*$",
        ),
    ] = ""
    jwt_expiry: Annotated[int, _about("Seconds after iat that a token is accepted.", gt=0)] = 3600
    time_leeway: Annotated[
        int, _about("Seconds that clocks may differ, for exp, nbf and iat.", ge=0)
    ] = 60
    jwt_algorithms: Annotated[
        str,
        _about(
            "Signatures that are accepted: HS256, and if need be HS384 and HS512 as well.",
            pattern=r"^\s*HS(256|384|512)(\s*,\s*HS(256|384|512))*\s*$",
        ),
    ] = "HS256"
    jwt_failures_per_address: Annotated[
        int,
        _about(
            "Refused tokens from one address (of IPv6: from one /64) of which the reason is told, "
            "in JWT_FAILURES_SECONDS and per worker; after that 429. 0 is no limit. Good tokens "
            "are never limited.",
            ge=0,
        ),
    ] = 1000
    jwt_failures_per_client: Annotated[
        int,
        _about(
            "The same for refused tokens in the name of one client, from all addresses together.",
            ge=0,
        ),
    ] = 1000
    jwt_failures_seconds: Annotated[
        int, _about("Seconds in which those refused tokens are counted.", gt=0, le=86_400)
    ] = 60
    max_body_size: Annotated[int, _about("Largest request body, in bytes.", ge=1024)] = 10_000_000
    max_json_depth: Annotated[
        int, _about("Most levels that the JSON of a request may be nested.", ge=8, le=500)
    ] = 100
    max_header_size: Annotated[
        int,
        _about("Largest head of a request (its first line and headers), in bytes.", ge=8192),
    ] = 65_536
    client_timeout: Annotated[
        float,
        _about(
            "Seconds that a client may keep a connection waiting without a request, or halfway the "
            "head of one.",
            gt=0,
            le=3600,
        ),
    ] = 30.0
    request_timeout: Annotated[
        float,
        _about(
            "Seconds that a request may take in all, sending its body and waiting for its turn "
            "included; and that a client may leave its answer unread.",
            gt=0,
            le=3600,
        ),
    ] = 30.0
    max_requests: Annotated[
        int,
        _about(
            "Most requests that a worker has in hand at the same time; one client gets three "
            "quarters of them at most.",
            ge=1,
        ),
    ] = 64
    max_queue: Annotated[
        int,
        _about(
            "Most requests that wait for their turn in a worker; one client gets half of these "
            "places at most.",
            ge=0,
        ),
    ] = 128
    queue_timeout: Annotated[
        float, _about("Seconds that a request may wait for its turn.", gt=0, le=3600)
    ] = 1.0
    outgoing_connect_timeout: Annotated[
        float, _about("Seconds that connecting to another API may take.", gt=0)
    ] = 2.0
    outgoing_timeout: Annotated[
        float,
        _about("Seconds that a call to another API may take in all, redirects included.", gt=0),
    ] = 8.0
    allowed_private_networks: Annotated[
        str,
        _about(
            "Private addresses or networks, comma separated, to which URLs that clients give may "
            "lead. Configured services need not be in it."
        ),
    ] = ""
    extra_verify_certs: Annotated[
        str, _about("File with CA certificates (PEM) that are trusted besides the usual ones.")
    ] = ""
    outgoing_client_certificate: Annotated[
        str, _about("File with the certificate (PEM) that is shown to configured services.")
    ] = ""
    outgoing_client_key: Annotated[
        str, _about("File with the key (PEM) of OUTGOING_CLIENT_CERTIFICATE.")
    ] = ""
    outway_rewrites: Annotated[
        str,
        _about(
            "NLX or FSC: pairs public=outway of URL prefixes, comma separated. A URL that starts "
            "with the first is called at the second."
        ),
    ] = ""
    remote_check_cache_seconds: Annotated[
        float,
        _about("Seconds that a URL that was found to exist is not asked for again.", ge=0, le=60),
    ] = 0.0
    ac_cache_seconds: Annotated[
        float, _about("Seconds that an answer of the Autorisaties API counts.", gt=0)
    ] = 300.0
    ac_cache_max_age: Annotated[
        float,
        _about(
            "Seconds that an answer of the Autorisaties API is used while it cannot be reached.",
            ge=0,
        ),
    ] = 3600.0
    notifications_disabled: Annotated[bool, _about("Store and send no notifications at all.")] = (
        False
    )
    drain_seconds: Annotated[
        float,
        _about(
            "Seconds after SIGTERM during which connections are still taken, each for one answer.",
            ge=0,
            le=600,
        ),
    ] = 1.0
    metrics_host: Annotated[
        str, _about("Address at which figures for Prometheus are told, if METRICS_PORT is set.")
    ] = "127.0.0.1"
    metrics_port: Annotated[
        int,
        _about(
            "Port at which figures for Prometheus are told (at /metrics); 0 is not at all.",
            ge=0,
            le=65_535,
        ),
    ] = 0
    ready_max_outbox_age: Annotated[
        float,
        _about(
            "Seconds that a notification may wait before /_healthz/readyz/ says that the program "
            "is not ready; 0 is any time.",
            ge=0,
        ),
    ] = 0.0
    log_level: Annotated[
        str,
        _about(
            "DEBUG, INFO, WARNING, ERROR or CRITICAL.",
            pattern=r"^(?i:debug|info|warning|error|critical)$",
        ),
    ] = "INFO"
    log_format_console: Annotated[
        str,
        _about(
            "json, or plain_console for people. Default: plain_console on a terminal, else json.",
            pattern=r"^(json|plain_console)$",
        ),
    ] = ""
    enable_structlog_requests: Annotated[
        bool, _about("Log one line for each answered request, if LOG_LEVEL is INFO or DEBUG.")
    ] = True
    otel_sdk_disabled: Annotated[bool, _about("Make no traces, whatever the rest says.")] = False
    otel_service_name: Annotated[str, _about("Name of this program in traces.")] = "contactmomenten"
    otel_exporter_otlp_endpoint: Annotated[
        str,
        _about(
            "Root URL of the collector of traces (OTLP over HTTP), such as http://collector:4318. "
            "Default: no traces are made.",
            pattern=_HTTP_URL,
        ),
    ] = ""
    otel_exporter_otlp_traces_endpoint: Annotated[
        str,
        _about("The same for traces alone, as the whole URL with its path.", pattern=_HTTP_URL),
    ] = ""
    otel_exporter_otlp_protocol: Annotated[
        str, _about("How traces are sent: http/protobuf, the only one that is known here.")
    ] = OTLP_PROTOCOL
    otel_exporter_otlp_headers: Annotated[
        str,
        _about(
            "Headers for the collector, such as Authorization=Basic%20…, comma separated.",
            pattern=rf"^{_HEADER}(,{_HEADER})*$",
        ),
    ] = ""
    otel_traces_sampler: Annotated[
        str,
        _about(
            "Which requests are traced: always_on, always_off or traceidratio, or the same with "
            "parentbased_ before it, which follows the caller if it has decided.",
            pattern=r"^(parentbased_)?(always_on|always_off|traceidratio)$",
        ),
    ] = "parentbased_always_on"
    otel_traces_sampler_arg: Annotated[
        float, _about("The part of the requests that traceidratio traces.", ge=0, le=1)
    ] = 1.0

    def __repr__(self) -> str:
        """Show which settings are given, and those that are secret as ***."""
        given = {
            name: getattr(self, name)
            for name in self.__struct_fields__
            if getattr(self, name) != getattr(_DEFAULTS, name)
        }
        shown = [
            f"{name}={'***' if name.upper() in SECRET else repr(value)}"
            for name, value in given.items()
        ]
        return f"Settings({', '.join(shown)})"

    @property
    def public_base(self) -> str:
        """Scheme, host and mount path by which the outside knows this API; ``""`` if unknown."""
        if not self.site_domain:
            return ""
        return f"{'https' if self.is_https else 'http'}://{self.site_domain}{self.subpath}"

    @property
    def traces_url(self) -> str:
        """Return where traces go; ``""`` if none are made.

        Raises:
            SettingsError: they should go there in a way that is not known here.
        """
        root = self.otel_exporter_otlp_endpoint.rstrip("/")
        url = self.otel_exporter_otlp_traces_endpoint or (f"{root}/v1/traces" if root else "")
        if self.otel_sdk_disabled or not url:
            return ""
        if self.otel_exporter_otlp_protocol != OTLP_PROTOCOL:
            message = (
                f"OTEL_EXPORTER_OTLP_PROTOCOL: only {OTLP_PROTOCOL} is known here, which most "
                "collectors take at port 4318."
            )
            raise SettingsError(message)
        return url

    @property
    def cors(self) -> Cors:
        """Return which pages may call this API.

        Raises:
            SettingsError: CORS_ALLOWED_ORIGIN_REGEXES has something that is none.
        """
        try:
            regexes = tuple(
                re.compile(part.strip()) for part in _parts(self.cors_allowed_origin_regexes)
            )
        except re.error as error:
            message = f"CORS_ALLOWED_ORIGIN_REGEXES: {error}."
            raise SettingsError(message) from None
        origins = frozenset(part.strip().lower() for part in _parts(self.cors_allowed_origins))
        everybody = self.cors_allow_all_origins
        if everybody is None:
            everybody = not (origins or regexes)
        return Cors(
            None if everybody else Origins(origins, regexes),
            [part.strip().lower() for part in _parts(self.cors_extra_allow_headers)],
        )

    @property
    def outgoing(self) -> OutgoingSettings:
        """Return the settings of outgoing calls.

        Raises:
            SettingsError: one of them cannot be read.
        """
        return OutgoingSettings(
            connect_timeout=self.outgoing_connect_timeout,
            timeout=self.outgoing_timeout,
            allowed_private_networks=_networks(
                "ALLOWED_PRIVATE_NETWORKS", self.allowed_private_networks
            ),
            ca_bundle=_file("EXTRA_VERIFY_CERTS", self.extra_verify_certs),
            client_certificate=_file(
                "OUTGOING_CLIENT_CERTIFICATE", self.outgoing_client_certificate
            ),
            client_key=_file("OUTGOING_CLIENT_KEY", self.outgoing_client_key),
            rewrites=_pairs("OUTWAY_REWRITES", self.outway_rewrites),
        )

    @property
    def connection(self) -> ConnectionInfo | None:
        """Return the configured PostgreSQL; None means the embedded one.

        Raises:
            SettingsError: DATABASE_URL cannot be read.
        """
        if self.database_url:
            return self._from_url("DATABASE_URL", self.database_url, "read-write")
        if self.db_host:
            (host, *others) = [part.strip() for part in _parts(self.db_host)] or [self.db_host]
            return ConnectionInfo(
                host=host,
                port=self.db_port,
                database=self.db_name,
                user=self.db_user,
                password=self.db_password or None,
                options={"target_session_attrs": "read-write"} if others else {},
                others=tuple((other, self.db_port) for other in others),
                pooler=self.db_pooler,
            )
        return None

    @property
    def replica(self) -> ConnectionInfo | None:
        """Return where the replica is, if there is one.

        Raises:
            SettingsError: DATABASE_REPLICA_URL cannot be read, or is all there is.
        """
        if not self.database_replica_url:
            return None
        if self.connection is None:
            message = (
                "DATABASE_REPLICA_URL: the embedded database has no replica. "
                "Set DATABASE_URL as well."
            )
            raise SettingsError(message)
        return self._from_url("DATABASE_REPLICA_URL", self.database_replica_url, "prefer-standby")

    @property
    def migration(self) -> ConnectionInfo | None:
        """Return how to connect as the role that owns the tables, if that is another one.

        Raises:
            SettingsError: DATABASE_MIGRATION_URL cannot be read, or no server is configured.
        """
        if not (self.database_migration_url or self.db_migration_user):
            return None
        if self.connection is None:
            message = (
                "DATABASE_MIGRATION_URL: the embedded database has roles of its own. "
                "Set DATABASE_URL as well."
            )
            raise SettingsError(message)
        if self.database_migration_url:
            return self._from_url(
                "DATABASE_MIGRATION_URL", self.database_migration_url, "read-write"
            )
        return replace(
            self.connection,
            user=self.db_migration_user,
            password=self.db_migration_password or None,
        )

    def _from_url(self, name: str, url: str, session: str) -> ConnectionInfo:
        try:
            info = ConnectionInfo.from_url(url, session=session)
        except ValueError as error:
            message = f"{name}: {error}"
            raise SettingsError(message) from None
        return replace(info, pooler=self.db_pooler)


def _networks(name: str, text: str) -> tuple[IPv4Network | IPv6Network, ...]:
    try:
        return tuple(ip_network(part.strip(), strict=False) for part in _parts(text))
    except ValueError as error:
        message = f"{name}: {error}."
        raise SettingsError(message) from None


def _file(name: str, text: str) -> Path | None:
    if text and not Path(text).is_file():
        message = f"{name}: there is no file {text}."
        raise SettingsError(message)
    return Path(text) if text else None


def _pairs(name: str, text: str) -> tuple[tuple[str, str], ...]:
    pairs = []
    for part in _parts(text):
        public, _, outway = part.partition("=")
        if not (public.strip() and outway.strip()):
            message = f"{name}: {part!r} is not a pair public=outway."
            raise SettingsError(message)
        pairs.append((public.strip(), outway.strip()))
    return tuple(pairs)


def _parts(text: str) -> list[str]:
    return [part for part in text.split(",") if part.strip()]


# What serving needs not know: workers do not get it.
MIGRATION = ("DATABASE_MIGRATION_URL", "DB_MIGRATION_USER", "DB_MIGRATION_PASSWORD")

_PASSWORDS = frozenset({"DB_PASSWORD", "DB_MIGRATION_PASSWORD"})
SECRET = _PASSWORDS | {
    "DATABASE_URL",
    "DATABASE_REPLICA_URL",
    "DATABASE_MIGRATION_URL",
    "SECRET_KEY",
    "SECRET_KEY_PREVIOUS",
    "OTEL_EXPORTER_OTLP_HEADERS",
}
_DEFAULTS = Settings()
_TRUE = frozenset({"1", "true", "yes", "on", "y", "t"})
_FALSE = frozenset({"0", "false", "no", "off", "n", "f"})
_BOOLEANS = (bool, bool | None)


def _trimmed(name: str, text: str) -> str:
    """Return `text` without blanks around it, which may belong to a password."""
    return text if name in _PASSWORDS else text.strip()


def _boolean(text: str) -> bool:
    if text.lower() in _TRUE:
        return True
    if text.lower() in _FALSE:
        return False
    raise ValueError(text)


def _from_file(name: str, path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8").rstrip("\n")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not text in UTF-8"
        message = f"{name}_FILE: cannot read {path}: {reason}."
        raise SettingsError(message) from None


def read_settings(environ: Mapping[str, str]) -> Settings:
    """Read the settings from the environment.

    Raises:
        SettingsError: a value is of the wrong type or out of range, or a file cannot be read.
    """
    settings, faults = settings_and_faults(environ)
    for fault in faults.values():
        raise fault
    return settings


def settings_and_faults(environ: Mapping[str, str]) -> tuple[Settings, dict[str, SettingsError]]:
    """Read the settings, and return what is wrong of each; that one has its default then."""
    values: dict[str, Any] = {}
    faults: dict[str, SettingsError] = {}
    hints = get_type_hints(Settings)
    for info in msgspec.structs.fields(Settings):
        name = info.encode_name
        try:
            value = _given(info, hints[info.name], environ)
        except SettingsError as error:
            faults[name] = error
            continue
        if value is not None:
            values[name] = value
    subpath = values.get("SUBPATH", "").strip("/")
    values["SUBPATH"] = f"/{subpath}" if subpath else ""
    return msgspec.convert(values, Settings, strict=False), faults


def _given(
    info: msgspec.structs.FieldInfo, hint: object, environ: Mapping[str, str]
) -> str | bool | None:
    name = info.encode_name
    text = environ.get(name)
    if not text and (path := environ.get(f"{name}_FILE")):
        text = _from_file(name, path)
    if not text:
        return None
    shown = "***" if name in SECRET else repr(text)
    try:
        text.encode()  # fails for bytes that are no UTF-8
        value = _boolean(text) if hint in _BOOLEANS else _trimmed(name, text)
        msgspec.convert(value, info.type, strict=False)
    except (msgspec.ValidationError, ValueError):
        message = f"{name}={shown} is not right. {_description(info.type)}"
        raise SettingsError(message) from None
    return value


def without_settings(environ: Mapping[str, str]) -> dict[str, str]:
    """Return `environ` without settings, for a program that has a database of its own."""
    names = {field.encode_name for field in msgspec.structs.fields(Settings)}
    names |= {f"{name}_FILE" for name in names} | {"DATA_DIR"}
    return {name: value for name, value in environ.items() if name not in names}


def _description(hint: object) -> str:
    return (
        next((meta.description for meta in get_args(hint) if isinstance(meta, msgspec.Meta)), "")
        or ""
    )
