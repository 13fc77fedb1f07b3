"""The cache of service models: same models without texts, and whatever is wrong with it only costs time."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from botocore.loaders import Loader
from botocore.model import OperationNotFoundError, ServiceModel
from botocore.regions import EndpointResolver

from runbook.aws import kept_models
from runbook.aws.kept_models import KeptModels
from runbook.aws.models import FOR_CLIENTS, LOADER, QuickLoader

MODEL: dict[str, Any] = {
    "documentation": "<p>All of it</p>",
    "metadata": {"serviceId": "Tiny"},
    "operations": {
        "GetIt": {"name": "GetIt", "input": {"shape": "It"}, "documentation": "<p>Gets</p>"},
    },
    "shapes": {
        "It": {"type": "structure", "members": {"documentation": {"shape": "Text", "documentation": "<p>Text</p>"}}},
        "Text": {"type": "string"},
    },
}


@pytest.fixture
def source(tmp_path: Path) -> str:
    file = tmp_path / "service-2.json"
    file.write_text(json.dumps(MODEL))
    return str(file)


@pytest.fixture
def kept(tmp_path: Path) -> KeptModels:
    return KeptModels(tmp_path / "cache")


def test_what_is_kept_is_found_again_without_the_texts(kept: KeptModels, source: str) -> None:
    kept.put("tiny", "service-2", MODEL, source)
    found = kept.get("tiny", "service-2")
    assert found is not None
    assert "documentation" not in found
    operation = ServiceModel(found, "tiny").operation_model("GetIt")
    assert operation.documentation == ""
    members = operation.input_shape.members
    assert members["documentation"].type_name == "string", "a member of that name is no text"


def test_nothing_is_found_before_anything_is_kept(kept: KeptModels) -> None:
    assert kept.get("tiny", "service-2") is None


def test_a_model_whose_source_has_changed_is_made_anew(kept: KeptModels, source: str) -> None:
    kept.put("tiny", "service-2", MODEL, source)
    os.utime(source, (1, 1))
    assert kept.get("tiny", "service-2") is None


@pytest.mark.parametrize("damage", [b"", b"abc", b"abcdefgh", None])
def test_a_damaged_file_counts_as_none(kept: KeptModels, source: str, damage: bytes | None) -> None:
    kept.put("tiny", "service-2", MODEL, source)
    [file] = kept.folder.iterdir()
    content = file.read_bytes()
    file.write_bytes(content[:-9] + b"x" + content[-8:] if damage is None else damage)
    assert kept.get("tiny", "service-2") is None


def test_a_folder_that_cannot_be_written_to_costs_nothing_but_time(tmp_path: Path, source: str) -> None:
    (tmp_path / "file").write_text("no folder")
    kept = KeptModels(tmp_path / "file")
    made = kept.put("tiny", "service-2", MODEL, source)
    assert made["metadata"] == MODEL["metadata"]
    assert kept.get("tiny", "service-2") is None


def test_only_the_last_versions_are_kept(
    tmp_path: Path, kept: KeptModels, source: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for version in range(7):
        monkeypatch.setattr(kept_models.botocore, "__version__", f"9.{version}")
        kept.put("tiny", "service-2", MODEL, source)
        os.utime(kept.folder, (version, version))
    assert sorted(one.name[:3] for one in (tmp_path / "cache").iterdir()) == ["9.3", "9.4", "9.5", "9.6"]


def test_a_client_finds_operations_by_name_and_makes_no_method_of_each() -> None:
    model = ServiceModel(FOR_CLIENTS.load_service_model("sts", "service-2"), "sts")
    assert model.operation_names == []
    assert model.operation_model("GetCallerIdentity").output_shape.members["Account"].type_name == "string"
    with pytest.raises(OperationNotFoundError):
        model.operation_model("GetNothing")
    assert "GetCallerIdentity" in LOADER.load_service_model("sts", "service-2")["operations"]


def test_a_kept_model_is_the_one_that_botocore_reads(kept: KeptModels) -> None:
    first = QuickLoader(kept).load_service_model("sqs", "service-2")
    again = QuickLoader(kept).load_service_model("sqs", "service-2")
    assert set(first["operations"]) == set(again["operations"]) >= {"SendMessage"}
    names = list(first["shapes"])
    assert len(names) > 50
    assert [again["shapes"][name] for name in names] == [first["shapes"][name] for name in names]
    assert again["operations"]["SendMessage"] == first["operations"]["SendMessage"]


def test_the_kept_table_of_endpoints_answers_as_botocores_own(kept: KeptModels) -> None:
    whole, path = Loader().load_data_with_path("endpoints")
    for _ in range(2):
        found, there = QuickLoader(kept).load_data_with_path("endpoints")
        assert there == path
        own, theirs = EndpointResolver(found), EndpointResolver(whole)
        for service in ("s3", "iam", "ec2", "no-such-service"):
            for region in ("us-east-1", "cn-north-1", "eu-west-1"):
                assert own.construct_endpoint(service, region) == theirs.construct_endpoint(service, region)


def test_an_operators_own_model_is_read_as_it_is(kept: KeptModels, tmp_path: Path) -> None:
    folder = tmp_path / "own" / "tiny" / "2026-01-01"
    folder.mkdir(parents=True)
    (folder / "service-2.json").write_text(json.dumps(MODEL))
    loader = QuickLoader(kept)
    loader.search_paths.insert(0, str(tmp_path / "own"))
    assert loader.load_service_model("tiny", "service-2")["documentation"] == "<p>All of it</p>"
    assert not kept.folder.exists()
