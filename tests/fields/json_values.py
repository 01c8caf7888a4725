"""Values as a JSON parser makes them, the unpleasant ones included."""

from typing import Any

from hypothesis import strategies as st

# Also lone surrogates and NUL, which st.text() by itself leaves out or hardly gives.
TEXTS = st.text(st.characters() | st.sampled_from("\ud800\udfff\x00 \u00a0\u2028\U0001f600"))

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.sampled_from([10**400, -(10**4299), 2**63, 2**64])
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXTS
)

JSON: st.SearchStrategy[Any] = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=10,
)
