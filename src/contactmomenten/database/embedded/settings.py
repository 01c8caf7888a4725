"""The settings of the embedded server: written at each start, so that they follow the program."""

import contextlib
import os
import stat
from pathlib import Path
from typing import Literal

from contactmomenten.database.embedded.folder import (
    DATABASE,
    OWNER,
    PORT,
    ROLE,
    SOCKET,
    SUPERUSER,
    write_file,
)

SharedMemory = Literal["posix", "mmap"]

# Less than this and a few parallel queries fill it; Docker gives 64 MiB.
_ENOUGH_SHARED_MEMORY = 256 * 2**20

# Megabytes of the server's own cache: it takes an eighth of the memory, within these.
_LEAST_CACHE = 128
_MOST_CACHE = 2048

# Where a container says how much memory it may use.
_LIMITS = ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes")

# Everything is relative to the working directory of the server, which it may not be able to reach
# by its full path: see `child.py`.
_SETTINGS = """\
# Written by contactmomenten at each start: what is changed here is lost.
data_directory = '/proc/self/cwd'
hba_file = '/proc/self/cwd/pg_hba.conf'
ident_file = '/proc/self/cwd/pg_ident.conf'
allow_alter_system = off

# Only our own socket.
listen_addresses = ''
port = {port}
unix_socket_directories = '{socket}'
unix_socket_permissions = 0700
password_encryption = 'scram-sha-256'
ssl = off
max_connections = 100

# What is committed stays.
fsync = on
synchronous_commit = on
full_page_writes = on

# A crash loses nothing and replays at most this much before the server answers again.
max_wal_size = 512MB
min_wal_size = 80MB
checkpoint_timeout = 5min
# No replicas and no archive, so nothing needs more.
wal_level = minimal
max_wal_senders = 0
max_logical_replication_workers = 0
restart_after_crash = on

# For an API on a machine that it shares; idle it costs next to nothing.
shared_buffers = {cache}MB
effective_cache_size = {caches}MB
work_mem = 8MB
maintenance_work_mem = 64MB
dynamic_shared_memory_type = {shared_memory}
random_page_cost = 1.1
jit = off

timezone = 'UTC'
log_timezone = 'UTC'
datestyle = 'iso, ymd'
intervalstyle = 'iso_8601'
client_encoding = 'UTF8'
lc_messages = 'C'
lc_monetary = 'C'
lc_numeric = 'C'
lc_time = 'C'
default_text_search_config = 'pg_catalog.simple'

# The log says what happens to the server and never what is in the database. An ERROR can quote a
# value, and the program sees it anyway; so only what weighs more is logged (in this order of
# PostgreSQL's, LOG comes after ERROR), without details, statements and parameters.
logging_collector = off
log_destination = 'stderr'
log_line_prefix = '%m [%p] '
log_min_messages = log
log_error_verbosity = terse
log_min_error_statement = panic
log_statement = none
log_min_duration_statement = -1
log_min_duration_sample = -1
log_transaction_sample_rate = 0
log_parameter_max_length = 0
log_parameter_max_length_on_error = 0
log_lock_waits = off
log_temp_files = -1
log_autovacuum_min_duration = -1
log_checkpoints = off
log_connections = ''
log_disconnections = off
log_duration = off
"""

_ACCESS = f"""\
# Written by contactmomenten at each start: what is changed here is lost.
local  {DATABASE}  {ROLE},{OWNER}  scram-sha-256
local  all  {SUPERUSER}  scram-sha-256
"""

_NO_MAPS = "# Written by contactmomenten at each start: no maps.\n"

# Of someone who used ALTER SYSTEM in single-user mode or an editor; read after our own settings.
_NO_OVERRIDES = "# Kept empty by contactmomenten.\n"


def write_settings(
    cluster: int, owner: tuple[int, int] | None, shared_memory: SharedMemory
) -> None:
    """Write the configuration files in the open folder of the cluster.

    Raises:
        OSError: they cannot be written.
    """
    megabytes = memory_here() >> 20
    settings = _SETTINGS.format(
        port=PORT,
        socket=SOCKET,
        shared_memory=shared_memory,
        cache=min(max(megabytes // 8, _LEAST_CACHE), _MOST_CACHE),
        caches=max(megabytes // 2, 2 * _LEAST_CACHE),
    )
    write_file(cluster, "postgresql.conf", settings, owner)
    write_file(cluster, "postgresql.auto.conf", _NO_OVERRIDES, owner)
    write_file(cluster, "pg_hba.conf", _ACCESS, owner)
    write_file(cluster, "pg_ident.conf", _NO_MAPS, owner)


def memory_here() -> int:
    """Return how many bytes of memory this machine, or this container, has."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    for path in _LIMITS:
        with contextlib.suppress(OSError, ValueError):  # ValueError: "max", no limit
            memory = min(memory, int(Path(path).read_text(encoding="ascii")))
    return memory


def shared_memory_here() -> SharedMemory:
    """Return which kind of shared memory parallel queries can use on this machine.

    Containers often have a /dev/shm that is tiny or absent; files in the cluster always work.
    """
    try:
        mode = os.stat("/dev/shm").st_mode  # noqa: PTH116, S108 (where POSIX shared memory lives)
        room = os.statvfs("/dev/shm")  # noqa: S108
    except OSError:
        return "mmap"
    usable = stat.S_ISDIR(mode) and mode & stat.S_IWOTH and Path("/dev/shm").is_mount()  # noqa: S108
    if usable and room.f_blocks * room.f_frsize >= _ENOUGH_SHARED_MEMORY:
        return "posix"
    return "mmap"
