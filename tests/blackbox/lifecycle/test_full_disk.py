"""The file system of the embedded database is full, for real: a small one in memory."""

import shutil
import subprocess
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests import proof
from tests.blackbox.support import clients
from tests.blackbox.support.api import Api
from tests.blackbox.support.program import Program
from tests.blackbox.support.standin import StandIn
from tests.blackbox.support.values import OMIT
from tests.waiting import until

pytestmark = pytest.mark.proof

SIZE = "200m"
# What is left for the first creates, in bytes; PostgreSQL takes 16 MB at a time for its log.
LEFT = 20 * 2**20
MEDEWERKER = {"identificatie": "jan"}
# Does not get smaller when it is compressed.
TEXT = "".join(chr(0x4E00 + number * 7919 % 20_000) for number in range(200_000))

Kind = tuple[int, str | None]


@pytest.fixture
def small() -> Iterator[Path]:
    """Give a folder on a file system of its own."""
    folder = Path(tempfile.mkdtemp(prefix="cm-full-"))
    size = f"size={SIZE},mode=755"
    mount = ["/usr/bin/mount", "-t", "tmpfs", "-o", size, "none", str(folder)]
    mounted = subprocess.run(mount, capture_output=True, check=False)
    if mounted.returncode:
        folder.rmdir()
        pytest.skip("may not mount a file system")
    try:
        yield folder
    finally:
        subprocess.run(["/usr/bin/umount", "--lazy", folder], check=True)
        folder.rmdir()


@pytest.fixture
def program(small: Path) -> Iterator[Program]:
    """Run the program with its database there."""
    program = Program(clients.shared_configuration(), {"NOTIFICATIONS_DISABLED": "false"})
    program.data = small / "data"
    try:
        program.start()
        yield program
    finally:
        program.kill()
        program.remove()


def fill(folder: Path) -> Path:
    """Leave `LEFT` bytes."""
    filler = folder / "filler"
    filler.write_bytes(bytes(shutil.disk_usage(folder).free - LEFT))
    return filler


def test_nothing_is_lost_and_it_goes_on_once_there_is_room_again(
    program: Program, small: Path, standin: StandIn
) -> None:
    kept: list[str] = []
    found: Counter[Kind] = Counter()
    read: Counter[Kind] = Counter()
    with httpx.Client(trust_env=False, timeout=60) as http:
        api = Api(program.root, http, standin, clients.ALLES)

        def create(tekst: str) -> Kind:
            body = api.moment_body(medewerker=OMIT, medewerkerIdentificatie=MEDEWERKER, tekst=tekst)
            answer = api.post("/contactmomenten", body)
            if answer.status_code == 201:
                kept.append(answer.json()["url"])
            return answer.status_code, answer.headers.get("retry-after")

        assert create("before") == (201, None)
        filler = fill(small)
        for number in range(60):
            found[create(f"{number}{TEXT}")] += 1
            answer = api.get(kept[0])
            read[answer.status_code, answer.headers.get("retry-after")] += 1
        assert {(201, None), (503, "1")} >= set(found)
        assert found[201, None], "it was full from the start"
        assert found[503, "1"], "it never became full"
        assert {(200, None), (503, "1")} >= set(read)
        filler.unlink()
        freed = time.monotonic()
        until(lambda: create("after") == (201, None), 30)
        back = time.monotonic() - freed
        lost = [url for url in kept if api.get(url).status_code != 200]
        assert lost == []
        assert program.running
        count = api.get("/contactmomenten").json()["count"]
    program.stop()
    for words in (("audit", "verify"), ("counts", "check")):
        done = program.command(*words)
        assert done.returncode == 0, done.stdout + done.stderr
    # What was answered with 503 may have been kept all the same.
    assert len(kept) <= count <= len(kept) + found[503, "1"]
    proof.record(
        "A full file system",
        creates=sum(found.values()),
        kept=found[201, None],
        refused_with_503=found[503, "1"],
        reads_meanwhile=sum(read.values()),
        reads_answered=read[200, None],
        lost=len(lost),
        back_after=f"{back:.1f} s",
    )
