"""Schemathesis on the OAS document that the program serves, with links."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from tests.blackbox.support.api import Api
from tests.blackbox.support.program import Program
from tests.proof import amount, record

from .schema.document import completed

REPOSITORY: Final = Path(__file__).parents[3]
CONFIGURATION: Final = Path(__file__).parent / "schema/schemathesis.toml"
# All checks are on but these, which ask for other answers than the standard gives.
UNFIT: Final = (
    # It insists on 401 without Authorization, where the standard has 403 (behaviour 2.1), and on a
    # refusal without Content-Type, where an empty body is an empty object (1.5). `ignored_auth`
    # looks at the refusal of whoever has no token.
    "missing_required_header",
    # The standard takes numbers as texts, unknown properties, empty filters and more (4.0, 4.1.5,
    # 6.3). `refuses_what_the_standard_refuses`, in hooks.py, stands in its place.
    "negative_data_rejection",
)
EXAMPLES: Final = amount(short=1, long=1000)
OPERATIONS: Final = 16

pytestmark = [pytest.mark.proof, pytest.mark.timeout(4 * 3600)]


def test_schemathesis_finds_nothing(target: Program, target_api: Api, tmp_path: Path) -> None:
    served = target_api.get("/schema/openapi.json").json()
    document = tmp_path / "openapi.json"
    document.write_text(json.dumps(completed(served)))
    report = tmp_path / "report.ndjson"
    command = [sys.executable, "-m", "schemathesis.cli", "--config-file", str(CONFIGURATION)]
    command += ["run", str(document), "--url", target.root, "--seed", "1", "--checks", "all"]
    command += ["--exclude-checks", ",".join(UNFIT)]
    command += ["--header", f"Authorization: {target_api.authorization()['Authorization']}"]
    command += ["--max-examples", str(EXAMPLES), "--continue-on-failure", "--no-color"]
    command += ["--phases", "examples,coverage,fuzzing,stateful", "--generation-database", "none"]
    command += ["--report", "ndjson", "--report-ndjson-path", str(report), "--warnings", "off"]
    done = subprocess.run(
        command,
        cwd=tmp_path,
        env={
            **os.environ,
            "PYTHONPATH": str(REPOSITORY),
            "SCHEMATHESIS_HOOKS": "tests.blackbox.fuzz.schema.hooks",
            "FUZZ_STANDIN": target_api.standin.origin,
            "FUZZ_MOMENT": target_api.moment()["url"],
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-20_000:] + done.stderr[-3000:]
    assert f"Selected: {OPERATIONS}/{OPERATIONS}" in done.stdout
    assert f"Tested: {OPERATIONS}" in done.stdout
    for phase in ("Coverage", "Fuzzing", "Stateful"):
        assert re.search(f"✅ {phase}", done.stdout), done.stdout[-3000:]
    cases = re.search(r"(\d+) generated, (\d+) passed", done.stdout)
    assert cases is not None, done.stdout[-3000:]
    assert int(cases[2]) > 500
    record("Schemathesis", cases=int(cases[1]), passed=int(cases[2]), faults=0)
