"""karet export policy and cloudformation write files whole, and split what is longer than IAM takes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any


def test_a_short_policy_is_one_file_and_a_long_one_several(karet: Any, tmp_path: Path) -> None:
    short = tmp_path / "short.json"
    assert karet("export", "policy", "2", "--part", "change", "--out", str(short)).code == 0
    actions = {one for body in json.loads(short.read_text())["Statement"] for one in body["Action"]}
    assert "s3:CreateBucket" in actions
    assert not any(one.startswith("ecs:") for one in actions)
    said = karet("export", "policy", "--part", "read", "--part", "change", "--out", str(tmp_path / "policy.json"))
    assert said.code == 0
    written = sorted(tmp_path.glob("policy-*.json"))
    assert len(written) > 1
    assert all(json.loads(one.read_text())["Version"] == "2012-10-17" for one in written)
    assert f"{len(written)} policies" in said.err


def test_the_template_goes_to_standard_output_alone(karet: Any) -> None:
    said = karet("export", "cloudformation")
    assert said.code == 0
    assert json.loads(said.out)["Resources"]["S3Bucket"]["DeletionPolicy"] == "Retain"
    assert "ImagesWeb is not in it" in said.err


def test_a_folder_that_is_not_there_is_said_and_nothing_is_left(karet: Any, tmp_path: Path) -> None:
    said = karet("export", "cloudformation", "--out", str(tmp_path / "no" / "t.json"))
    assert said.code == 1
    assert "cannot be written" in said.err
    assert list(tmp_path.glob("*.json")) == []
