"""The program as a black box: started as a process, spoken to over HTTP, judged by the text."""

import pytest

pytest.register_assert_rewrite(f"{__name__}.support")
