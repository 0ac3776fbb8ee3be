"""The folder of plans does not grow without end."""

from __future__ import annotations

import os
from dataclasses import replace

from livespot.inference.plan_cache import KEPT_PLANS, PlanCache, PlanKey

KEY = PlanKey("small", "0" * 64, "10.16", "GPU", "9.0", "driver 1", "Linux x86_64", "fp32", "1-32")


def stored(cache: PlanCache, key: PlanKey, used_s: float) -> PlanKey:
    assert cache.store(key, b"a plan", {}) == ""
    os.utime(cache.plan_path(key), (used_s, used_s))
    return key


def test_plans_used_last_are_kept(tmp_path):
    cache = PlanCache(tmp_path)
    keys = [stored(cache, replace(KEY, driver=f"driver {i}"), 1000.0 + i) for i in range(KEPT_PLANS)]
    assert all(cache.load(key).plan == b"a plan" for key in keys)
    for i, key in enumerate(keys):  # loading marks a plan as used; the times of before again
        os.utime(cache.plan_path(key), (1000.0 + i,) * 2)
    assert cache.load(keys[0]).plan is not None  # used now, so the second is the oldest
    new = stored(cache, replace(KEY, driver="a new one"), 5000.0)
    assert [key for key in (*keys, new) if cache.load(key).plan is None] == [keys[1]]
    assert len(list(tmp_path.glob("*.json"))) == KEPT_PLANS


def test_other_engines_plans_are_left_alone(tmp_path):
    cache = PlanCache(tmp_path)
    others = [replace(KEY, engine=name) for name in ("small-er", "s[m]all")]
    for other in others:
        stored(cache, other, 1.0)
    for i in range(KEPT_PLANS + 2):
        stored(cache, replace(KEY, driver=f"driver {i}"), 1000.0 + i)
    assert len(list(tmp_path.glob("small-????????????????.plan"))) == KEPT_PLANS
    assert all(cache.load(other).plan is not None for other in others)
