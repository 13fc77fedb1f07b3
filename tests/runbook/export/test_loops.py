"""The loops of a script and of a notebook do what the runbook's own loops do, batch by batch."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest
from rehearsal_clients import make_client

from runbook.calls import Call
from runbook.document import kinds
from runbook.export.loops import BATCH, loop_name, python_functions, python_loop, shell_functions
from runbook.export.one_call import as_aws_command
from runbook.rehearsal.embedded import Embedded

BUCKET = "karet-loops"
KEYS = ("raw/a", "raw/ab", 'raw/it\'s "one"')


@pytest.fixture
def bucket(embedded: Embedded) -> Any:
    """A bucket with three versions and a delete marker of each key, and an unfinished upload."""
    s3 = make_client(embedded.url, "s3")
    s3.create_bucket(Bucket=BUCKET)
    s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
    for key in KEYS:
        for body in (b"1", b"2", b"3"):
            s3.put_object(Bucket=BUCKET, Key=key, Body=body)
        s3.delete_object(Bucket=BUCKET, Key=key)
    s3.create_multipart_upload(Bucket=BUCKET, Key="raw/unfinished")
    return s3


def keys_in(s3: Any) -> list[str]:
    page = s3.list_object_versions(Bucket=BUCKET)
    return sorted({one["Key"] for one in [*page.get("Versions", []), *page.get("DeleteMarkers", [])]})


def functions_of(s3: Any) -> dict[str, Any]:
    """The functions as a notebook has them, two at a time, so that a few versions are several batches."""
    space: dict[str, Any] = {"client": {"s3": s3}.__getitem__}
    text = "\n".join(python_functions({"empty_bucket"}))
    assert f"MaxKeys={BATCH}" in text
    exec(text.replace(f"MaxKeys={BATCH}", "MaxKeys=2"), space)  # noqa: S102 - it is what a notebook would run
    return space


def test_the_versions_of_one_key_go_and_those_of_longer_keys_stay(bucket: Any, embedded: Embedded) -> None:
    space = functions_of(bucket)
    embedded.clear_calls()
    space["remove_versions"](Bucket=BUCKET, ExpectedBucketOwner=embedded.account_id, Key=KEYS[0])
    assert keys_in(bucket) == [KEYS[1], KEYS[2]]
    # Four versions and markers, two at a time.
    assert [one["operation"] for one in embedded.calls()].count("DeleteObjects") == 2


def test_a_bucket_is_emptied_of_versions_markers_and_unfinished_uploads(bucket: Any, embedded: Embedded) -> None:
    functions_of(bucket)["empty_bucket"](Bucket=BUCKET, ExpectedBucketOwner=embedded.account_id)
    assert keys_in(bucket) == []
    assert not bucket.list_multipart_uploads(Bucket=BUCKET).get("Uploads")
    bucket.delete_bucket(Bucket=BUCKET)


def test_what_s3_does_not_delete_ends_the_loop(bucket: Any) -> None:
    space = functions_of(bucket)

    class Refusing:
        list_object_versions = staticmethod(bucket.list_object_versions)

        def delete_objects(self, **_: Any) -> dict[str, Any]:
            return {"Errors": [{"Key": KEYS[0], "Code": "AccessDenied"}]}

    space["client"] = {"s3": Refusing()}.__getitem__
    with pytest.raises(RuntimeError, match="AccessDenied"):
        space["remove_versions"](Bucket=BUCKET)


def removals() -> list[str]:
    """Every loop that a removal may send; what a probe does to find something out is not repeated."""
    return sorted({name for kind in kinds().values() for name in kind.loops if name != "SendUpload"})


def test_every_loop_of_a_removal_is_a_function_of_script_and_notebook(tmp_path: Path) -> None:
    assert len(removals()) >= 3
    for name in removals():
        call = Call("bulk", name, {"Bucket": "b", "ExpectedBucketOwner": "1", "Key": "it's"})
        assert python_loop(call) == f"{loop_name(call)}(Bucket='b', ExpectedBucketOwner='1', Key=\"it's\")"
        script = tmp_path / "loops.sh"
        command = as_aws_command(call)
        script.write_text("\n".join([*shell_functions(command), command]))
        assert f"\n{loop_name(call)}() {{" in script.read_text()
        subprocess.run(["bash", "-n", str(script)], check=True)
