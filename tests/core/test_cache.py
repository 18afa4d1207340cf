"""Bounded, shared by threads, and no older than the data."""

from hypothesis import given
from hypothesis import strategies as st

from tb_plugin_weightdelta.core.cache import Cache


def test_gives_back_what_was_stored_with_the_same_token_only():
    cache = Cache()
    cache.put("a", (10, 1.0), "value", 100)
    assert cache.get("a", (10, 1.0)) == "value"
    assert cache.get("a", (11, 2.0)) is None
    assert cache.get("b", (10, 1.0)) is None


def test_the_least_recently_used_goes_first():
    cache = Cache(limit=3 * 12_000)
    for key in "abc":
        cache.put(key, 0, key, 10_000)
    assert cache.get("a", 0) == "a"
    cache.put("d", 0, "d", 10_000)
    assert [key for key in "abcd" if cache.get(key, 0)] == ["a", "c", "d"]


def test_what_is_larger_than_the_cache_is_not_kept():
    cache = Cache(limit=10_000)
    cache.put("small", 0, "small", 10)
    cache.put("large", 0, "large", 10_001)
    assert cache.get("large", 0) is None
    assert cache.get("small", 0) == "small"


def test_what_is_gone_is_released():
    cache = Cache()
    cache.put(("run", "a"), 0, "a", 10)
    cache.put(("run", "b"), 0, "b", 10)
    cache.forget(lambda key: key[1] == "a")
    assert cache.get(("run", "a"), 0) is None
    assert cache.get(("run", "b"), 0) == "b"
    assert len(cache) == 1


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 5), st.integers(0, 40_000))))
def test_its_size_is_that_of_its_entries_and_never_above_the_limit(puts):
    cache = Cache(limit=60_000)
    for key, token, size in puts:
        cache.put(key, token, size, size)
        assert 0 <= cache.size <= cache.limit
    cache.forget(lambda _: True)
    assert cache.size == 0


def test_a_cache_counts_what_it_had_and_what_it_had_not():
    cache = Cache()
    cache.put("a", 1, "value", 8)
    assert [cache.get("a", 1), cache.get("a", 2), cache.get("b", 1)] == ["value", None, None]
    assert (cache.hits, cache.misses) == (1, 2)
