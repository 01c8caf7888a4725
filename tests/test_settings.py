from pathlib import Path

import pytest

from contactmomenten.settings import Settings, SettingsError, read_settings, without_settings


def test_without_environment_everything_has_its_default() -> None:
    assert read_settings({}) == Settings()
    assert read_settings({"UNKNOWN": "x", "secret_key": "x"}) == Settings()


def test_an_empty_variable_is_as_good_as_none() -> None:
    names = [name.upper() for name in Settings.__struct_fields__]
    assert read_settings(dict.fromkeys(names, "")) == Settings()


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("DB_PORT", "6543", 6543),
        ("DB_PORT", " 6543 ", 6543),
        ("DB_TIMEOUT", "0.5", 0.5),
        ("DB_POOL_MAX_SIZE", "500", 500),
        ("MAX_JSON_DEPTH", "8", 8),
        ("MAX_HEADER_SIZE", "8192", 8192),
        ("REQUEST_TIMEOUT", "0.5", 0.5),
        ("MAX_REQUESTS", "1", 1),
        ("MAX_QUEUE", "0", 0),
        ("IS_HTTPS", "no", False),
        ("IS_HTTPS", "TRUE", True),
        ("USE_X_FORWARDED_HOST", "1", True),
        ("SECRET_KEY", " key\n", "key"),
        ("SECRET_KEY", "é", "é"),
        ("TIME_LEEWAY", "0", 0),
        ("LOG_LEVEL", "debug", "debug"),
        ("JWT_ALGORITHMS", "HS256, HS512", "HS256, HS512"),
        ("SITE_DOMAIN", "a.nl:8443", "a.nl:8443"),
        ("SUBPATH", "/contactmomenten/", "/contactmomenten"),
        ("SUBPATH", "a/b", "/a/b"),
        ("SUBPATH", "/", ""),
    ],
)
def test_a_variable_is_read_by_its_type(name: str, text: str, value: object) -> None:
    assert getattr(read_settings({name: text}), name.lower()) == value


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("DB_PORT", "0"),
        ("DB_PORT", "65536"),
        ("DB_PORT", "x"),
        ("DB_PORT", "5432.5"),
        ("DB_POOL_MAX_SIZE", "0"),
        ("DB_TIMEOUT", "0"),
        ("DB_TIMEOUT", "-1"),
        ("DB_TIMEOUT", "nan"),
        ("DB_TIMEOUT", "inf"),
        ("IS_HTTPS", "maybe"),
        ("IS_HTTPS", "2"),
        ("JWT_EXPIRY", "0"),
        ("JWT_EXPIRY", "1h"),
        ("JWT_FAILURES_SECONDS", "0"),
        ("JWT_FAILURES_PER_ADDRESS", "-1"),
        ("JWT_FAILURES_PER_CLIENT", "many"),
        ("TIME_LEEWAY", "-1"),
        ("MAX_BODY_SIZE", "1023"),
        ("MAX_BODY_SIZE", "10MB"),
        ("MAX_JSON_DEPTH", "7"),
        ("MAX_JSON_DEPTH", "501"),
        ("MAX_HEADER_SIZE", "8191"),
        ("REQUEST_TIMEOUT", "0"),
        ("REQUEST_TIMEOUT", "3601"),
        ("REQUEST_TIMEOUT", "30s"),
        ("MAX_REQUESTS", "0"),
        ("MAX_QUEUE", "-1"),
        ("QUEUE_TIMEOUT", "0"),
        ("QUEUE_TIMEOUT", "inf"),
        ("CLIENT_TIMEOUT", "0"),
        ("CLIENT_TIMEOUT", "3601"),
        ("LOG_LEVEL", "LOUD"),
        ("LOG_LEVEL", "10"),
        ("JWT_ALGORITHMS", "none"),
        ("JWT_ALGORITHMS", "HS256,RS256"),
        ("JWT_ALGORITHMS", "HS265"),
        ("JWT_ALGORITHMS", "HS256,"),
        ("SITE_DOMAIN", "https://a.nl"),
        ("SITE_DOMAIN", "a.nl/x"),
        ("SUBPATH", "/a b"),
        ("SUBPATH", "https://a.nl"),
        ("SUBPATH", "/a?b"),
        ("ALLOWED_HOSTS", "\udcff"),
    ],
)
def test_a_wrong_variable_is_named_with_its_value_and_meaning(name: str, text: str) -> None:
    with pytest.raises(SettingsError) as caught:
        read_settings({name: text})
    assert str(caught.value).startswith(f"{name}={text!r} is not right. ")
    assert len(str(caught.value)) > len(f"{name}={text!r} is not right. ")


@pytest.mark.parametrize(
    "name",
    [
        "SECRET_KEY",
        "DB_PASSWORD",
        "DB_MIGRATION_PASSWORD",
        "DATABASE_URL",
        "DATABASE_REPLICA_URL",
        "DATABASE_MIGRATION_URL",
    ],
)
def test_a_secret_is_never_shown(name: str) -> None:
    with pytest.raises(SettingsError) as caught:
        read_settings({name: "geheim\udcff"})
    assert "geheim" not in str(caught.value)
    assert name in str(caught.value)


def test_a_variable_may_be_in_a_file(tmp_path: Path) -> None:
    path = tmp_path / "key"
    path.write_text("the key\n")
    assert read_settings({"SECRET_KEY_FILE": str(path)}).secret_key == "the key"
    environ = {"SECRET_KEY_FILE": str(path), "SECRET_KEY": "other"}
    assert read_settings(environ).secret_key == "other"
    path.write_text("65536")
    with pytest.raises(SettingsError, match="DB_PORT='65536'"):
        read_settings({"DB_PORT_FILE": str(path)})


def test_an_environment_without_settings() -> None:
    names = [name.upper() for name in Settings.__struct_fields__]
    environ = dict.fromkeys([*names, *(f"{name}_FILE" for name in names), "DATA_DIR"], "x")
    assert without_settings(environ) == {}
    kept = {"PATH": "/bin", "CONTACTMOMENTEN_ROOT": "x", "PASSWORD_FILE": "x"}
    assert without_settings(environ | kept) == kept


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong"
    wrong.write_bytes(b"geheim\xff")
    for path, reason in (
        (tmp_path / "none", "No such file"),
        (tmp_path, "Is a directory"),
        (wrong, "not text in UTF-8"),
    ):
        with pytest.raises(SettingsError, match=reason) as caught:
            read_settings({"DB_PASSWORD_FILE": str(path)})
        assert str(caught.value).startswith(f"DB_PASSWORD_FILE: cannot read {path}: ")
        assert "geheim" not in str(caught.value)


def test_without_database_the_embedded_one_is_meant() -> None:
    assert Settings().connection is None


def test_a_host_is_a_connection() -> None:
    connection = Settings(db_host="db", db_password="geheim", db_port=1).connection
    assert connection is not None
    assert (connection.host, connection.port, connection.database, connection.user) == (
        "db",
        1,
        "contactmomenten",
        "contactmomenten",
    )
    assert connection.password == "geheim"
    other = Settings(db_host="db").connection
    assert other is not None
    assert other.password is None


def test_a_url_wins_over_a_host() -> None:
    settings = Settings(database_url="postgresql://u:p@h:1/d?sslmode=require", db_host="db")
    connection = settings.connection
    assert connection is not None
    assert (connection.host, connection.options) == ("h", {"sslmode": "require"})


@pytest.mark.parametrize("url", ["mysql://u:geheim@h/d", "postgresql://u:geheim@h:x/d", "geheim"])
def test_a_wrong_url_is_told_without_its_password(url: str) -> None:
    with pytest.raises(SettingsError) as caught:
        _ = Settings(database_url=url).connection
    assert str(caught.value).startswith("DATABASE_URL: ")
    assert "geheim" not in str(caught.value)


def test_of_several_hosts_the_one_that_writes_is_meant() -> None:
    connection = Settings(db_host="one, two", db_port=1).connection
    assert connection is not None
    assert connection.addresses == (("one", 1), ("two", 1))
    assert connection.options == {"target_session_attrs": "read-write"}
    alone = Settings(db_host="one").connection
    assert alone is not None
    assert alone.options == {}


def test_a_replica_is_a_connection_of_its_own() -> None:
    settings = Settings(
        database_url="postgresql://u:p@h/d", database_replica_url="postgresql://u:p@one,two/d"
    )
    assert Settings(db_host="db").replica is None
    replica = settings.replica
    assert replica is not None
    assert [host for host, _ in replica.addresses] == ["one", "two"]
    assert replica.options == {"target_session_attrs": "prefer-standby"}


@pytest.mark.parametrize(
    ("settings", "text"),
    [
        (Settings(db_host="db", database_replica_url="geheim"), "DATABASE_REPLICA_URL: this is"),
        (Settings(database_replica_url="postgresql://u:geheim@h/d"), "Set DATABASE_URL as well"),
    ],
)
def test_a_wrong_replica_is_told_without_its_password(settings: Settings, text: str) -> None:
    with pytest.raises(SettingsError, match=text) as caught:
        _ = settings.replica
    assert "geheim" not in str(caught.value)


def test_the_role_that_migrates_has_a_url_or_a_user_of_its_own() -> None:
    url = "postgresql://u:p@h:1/d"
    assert Settings(database_url=url).migration is None
    own = Settings(
        database_url=url, database_migration_url="postgresql://o:q@g/e", db_migration_user="x"
    ).migration
    assert own is not None
    assert (own.host, own.user, own.password, own.database) == ("g", "o", "q", "e")
    for settings in (
        Settings(database_url=url, db_migration_user="o", db_migration_password="q"),
        Settings(
            db_host="h", db_port=1, db_name="d", db_migration_user="o", db_migration_password="q"
        ),
    ):
        other = settings.migration
        assert other is not None
        assert (other.host, other.port, other.database) == ("h", 1, "d")
        assert (other.user, other.password) == ("o", "q")


@pytest.mark.parametrize(
    ("settings", "text"),
    [
        (Settings(db_host="db", database_migration_url="geheim"), "DATABASE_MIGRATION_URL: this"),
        (Settings(database_migration_url="postgresql://u:geheim@h/d"), "Set DATABASE_URL as well"),
        (Settings(db_migration_user="u", db_migration_password="geheim"), "roles of its own"),
    ],
)
def test_a_wrong_role_that_migrates_is_told_without_its_password(
    settings: Settings, text: str
) -> None:
    with pytest.raises(SettingsError, match=text) as caught:
        _ = settings.migration
    assert "geheim" not in str(caught.value)


@pytest.mark.parametrize("pooler", [True, False])
def test_behind_a_pooler_no_statement_is_kept(pooler: bool) -> None:  # noqa: FBT001
    url = "postgresql://u:p@h/d"
    for settings in (
        Settings(database_url=url, database_replica_url=url, db_pooler=pooler),
        Settings(db_host="h", database_replica_url=url, db_pooler=pooler),
    ):
        for info in (settings.connection, settings.replica):
            assert info is not None
            assert ("statement_cache_size" in info.connect_args()) is pooler


@pytest.mark.parametrize(
    ("settings", "base"),
    [
        (Settings(), ""),
        (Settings(subpath="/x"), ""),
        (Settings(site_domain="a.nl"), "https://a.nl"),
        (Settings(site_domain="a.nl:1", is_https=False, subpath="/x"), "http://a.nl:1/x"),
    ],
)
def test_the_public_base_needs_a_domain(settings: Settings, base: str) -> None:
    assert settings.public_base == base


# A value that is not the default, of settings that cannot be 3 or a switch.
OTHERS = {
    "CORS_ALLOWED_ORIGINS": "https://a.nl",
    "JWT_ALGORITHMS": "HS512",
    "LOG_FORMAT_CONSOLE": "json",
    "LOG_LEVEL": "ERROR",
    "MAX_BODY_SIZE": "10001",
    "MAX_HEADER_SIZE": "10001",
    "MAX_JSON_DEPTH": "101",
    "OTEL_EXPORTER_OTLP_ENDPOINT": "http://c:4318",
    "OTEL_EXPORTER_OTLP_HEADERS": "x=y",
    "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://c:4318/v1/traces",
    "OTEL_TRACES_SAMPLER": "always_off",
    "OTEL_TRACES_SAMPLER_ARG": "0.5",
}


@pytest.mark.parametrize("name", [name.upper() for name in Settings.__struct_fields__])
def test_every_setting_may_be_a_file(name: str, tmp_path: Path) -> None:
    switches = {"True": "false", "False": "true", "None": "false"}
    text = OTHERS.get(name) or switches.get(str(getattr(Settings(), name.lower())), "3")
    file = tmp_path / "value"
    file.write_text(f"{text}\n")
    assert read_settings({name: text}) != Settings()
    assert read_settings({f"{name}_FILE": str(file)}) == read_settings({name: text})
    # As compose files have it: the variable is there, and empty.
    assert read_settings({name: "", f"{name}_FILE": str(file)}) == read_settings({name: text})
    assert read_settings({name: text, f"{name}_FILE": "/none"}) == read_settings({name: text})
    assert read_settings({f"{name}_FILE": ""}) == Settings()


@pytest.mark.parametrize(
    ("env", "url"),
    [
        ({}, ""),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://c:4318"}, "http://c:4318/v1/traces"),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "https://c/x/"}, "https://c/x/v1/traces"),
        ({"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "https://c/x"}, "https://c/x"),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://c", "OTEL_SDK_DISABLED": "true"}, ""),
        ({"OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"}, ""),
    ],
)
def test_where_traces_go(env: dict[str, str], url: str) -> None:
    assert read_settings(env).traces_url == url


def test_a_protocol_of_traces_that_is_not_known_is_refused() -> None:
    env = {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://c", "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"}
    with pytest.raises(SettingsError, match="OTEL_EXPORTER_OTLP_PROTOCOL"):
        _ = read_settings(env).traces_url


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("LOG_FORMAT_CONSOLE", "xml"),
        ("LOG_LEVEL", "verbose"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "collector:4318"),
        ("OTEL_EXPORTER_OTLP_HEADERS", "kanarie"),
        ("OTEL_EXPORTER_OTLP_HEADERS", "a=kanarie\r\nb=c"),
        ("OTEL_TRACES_SAMPLER", "jaeger_remote"),
        ("OTEL_TRACES_SAMPLER_ARG", "2"),
    ],
)
def test_a_wrong_setting_of_logs_or_traces_is_refused(name: str, text: str) -> None:
    with pytest.raises(SettingsError, match=name) as raised:
        read_settings({name: text})
    assert "kanarie" not in str(raised.value)


def test_the_names_of_the_sister_products_are_known() -> None:
    """Where the meaning is the same; docs/monitoring.md says why LOG_REQUESTS is not among them."""
    names = {
        "ALLOWED_HOSTS", "CORS_ALLOWED_ORIGINS", "CORS_ALLOWED_ORIGIN_REGEXES",
        "CORS_ALLOW_ALL_ORIGINS", "CORS_EXTRA_ALLOW_HEADERS", "DB_HOST", "DB_NAME", "DB_PASSWORD",
        "DB_POOL_MAX_SIZE", "DB_PORT", "DB_USER", "ENABLE_STRUCTLOG_REQUESTS", "EXTRA_VERIFY_CERTS",
        "IS_HTTPS", "JWT_EXPIRY", "LOG_FORMAT_CONSOLE", "LOG_LEVEL", "NOTIFICATIONS_DISABLED",
        "OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_HEADERS", "OTEL_EXPORTER_OTLP_PROTOCOL",
        "OTEL_SDK_DISABLED", "OTEL_SERVICE_NAME", "SECRET_KEY", "SITE_DOMAIN", "SUBPATH",
        "TIME_LEEWAY", "USE_X_FORWARDED_HOST",
    }  # fmt: skip
    assert names <= {name.upper() for name in Settings.__struct_fields__}
