"""karet sign shows what is signed, asks, and keeps it; karet verify 13 shows it and ends with 1 on a failure."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

PAGE = (Path(__file__).parents[3] / "docs" / "command-line.md").read_text()


def keys_on_the_page(row: str) -> set[str]:
    line = next(line for line in PAGE.splitlines() if line.startswith("| ") and row in line.split("|")[1])
    return set(re.findall(r"`([a-z_]+)`", re.sub(r"\([^)]*\)", "", line.split("|")[2])))


def test_a_point_is_shown_signed_and_seen_by_verify_and_nothing_is_signed_without_a_yes(karet: Any) -> None:
    assert karet("apply", "2", "--yes").code == 0
    refused = karet("sign", "bucket")
    assert refused.code == 64
    assert "keeps versions" in refused.err
    signed = karet("sign", "4", "--note", "looked at it", "--yes", "--json")
    assert signed.code == 0, signed.err
    assert signed.json.keys() == {"item", "statement", "by", "at", "note", "evidence_hash"}
    assert "s3.GetBucketVersioning" in signed.err
    verified = karet("verify", "13", "--json")
    assert verified.code == 1
    points = {one["id"]: one for one in verified.json["checklist"]}
    assert len(points) == 12
    assert points["bucket"].keys() == keys_on_the_page("`checklist`")
    assert points["bucket"]["sign_off"].keys() == keys_on_the_page("`sign_off` of a point")
    assert points["bucket"]["sign_off"] == {**signed.json, "outdated": False}
    assert points["roles"]["outcome"] == "failed"
    assert all(one["read_by"] and one["read_at"] for one in points.values())
    said = karet("verify", "13").err
    assert "The bucket keeps versions and blocks public access" in said
    assert "signed by user/moto" in said
    # What has failed cannot be signed, and a word that is no point is wrong input.
    assert karet("sign", "roles", "--yes").code == 1
    assert karet("sign", "13", "--yes").code == 64
    assert "checklist" not in karet("verify", "2", "--json").json
