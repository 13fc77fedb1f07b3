"""One call as a command and as Python: nothing in it is expanded, references are threaded, secrets hidden."""

from __future__ import annotations

import ast
import json
import os
import shlex
import subprocess
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runbook import document
from runbook.calls import Call, File, Json, Secret
from runbook.engine.graph import Graph
from runbook.errors import ExportError
from runbook.export.one_call import as_aws_command, as_boto3
from runbook.export.shell_call import variable, word
from runbook.refs import escape, ref
from runbook.settings import load

HOSTILE = "$(touch hacked) `touch hacked` ${HOME} \\ ' \" ; & | > \n -- * é 💥"


def argv(command: str, **variables: str) -> list[str]:
    """What the shell makes of a command: the words that aws would get."""
    code = "aws() { printf '%s\\0' \"$@\"; }; new_secret() { cat > /dev/null; echo MADE; }; " + command
    environment = {"PATH": os.environ["PATH"], **variables}
    done = subprocess.run(["bash", "-c", code], capture_output=True, env=environment, check=True)
    return done.stdout.decode().split("\0")[:-1]


def test_an_operation_and_its_parameters_are_spelled_as_the_command_line_spells_them() -> None:
    call = Call("ec2", "CreateVpc", {"CidrBlock": "10.0.0.0/16", "AmazonProvidedIpv6CidrBlock": False, "DryRun": True})
    assert argv(as_aws_command(call)) == [
        "ec2", "create-vpc", "--cidr-block", "10.0.0.0/16", "--no-amazon-provided-ipv6-cidr-block", "--dry-run",
    ]  # fmt: skip
    assert as_aws_command(Call("s3", "CreateBucket", {"Bucket": "b"})).startswith("aws s3api create-bucket")


def test_a_reference_becomes_a_variable_wherever_it_stands() -> None:
    call = Call(
        "sqs",
        "SetQueueAttributes",
        {
            "QueueUrl": ref("events.queue", "url"),
            "Attributes": {"Policy": Json({"Resource": f"{ref('events.queue', 'arn')}/x", "Sid": "it's"})},
        },
    )
    words = argv(as_aws_command(call), EVENTS_QUEUE_URL="http://q", EVENTS_QUEUE_ARN="arn:q")
    assert words[3] == "http://q"
    assert json.loads(json.loads(words[5])["Policy"]) == {"Resource": "arn:q/x", "Sid": "it's"}
    assert "QueueUrl=events_queue_url" in as_boto3(call)
    assert "events_queue_arn + '/x'" in as_boto3(call)


@settings(max_examples=25)
@given(st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=40))
def test_the_shell_gives_a_text_on_as_it_is(text: str) -> None:
    done = subprocess.run(["bash", "-c", f"printf '%s' {word(escape(text))}"], capture_output=True, check=True)
    assert done.stdout == text.encode()


def test_a_hostile_text_is_one_word_and_does_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    call = Call("ssm", "PutParameter", {"Name": escape(HOSTILE), "Value": Json({"a": [escape(HOSTILE)]})})
    words = argv(as_aws_command(call))
    assert words[3] == HOSTILE
    assert json.loads(words[5]) == {"a": [HOSTILE]}
    assert list(tmp_path.iterdir()) == []


@given(st.text(st.characters(codec="utf-8"), max_size=40))
def test_python_gives_a_text_on_as_it_is(text: str) -> None:
    tree = ast.parse(as_boto3(Call("sqs", "CreateQueue", {"QueueName": escape(text)})), mode="eval")
    assert isinstance(tree.body, ast.Call)
    assert ast.literal_eval(tree.body.keywords[0].value) == text


@pytest.mark.parametrize("value", ["http://169.254.169.254/x", "https://example.com", "file:///etc/passwd"])
def test_a_value_that_looks_like_an_address_is_never_loaded_by_aws(value: str) -> None:
    words = argv(as_aws_command(Call("events", "PutRule", {"Name": "n", "Description": value})))
    assert json.loads(words[words.index("--cli-input-json") + 1]) == {"Description": value}


def test_a_secret_goes_in_through_standard_input() -> None:
    command = as_aws_command(Call("secretsmanager", "CreateSecret", {"Name": "n", "SecretString": Secret(20)}))
    assert command.startswith("new_secret 20 |\n")
    assert "--secret-string file:///dev/stdin" in command
    deep = Call("secretsmanager", "CreateSecret", {"Name": "n", "SecretString": Json({"key": Secret(20)})})
    assert argv(as_aws_command(deep))[2:] == ["--cli-input-json", "file:///dev/stdin"]
    assert "printf '%s' " in as_aws_command(deep)
    assert "new_secret(20)" in as_boto3(deep)


def test_a_file_is_read_by_aws() -> None:
    call = Call("s3", "PutObject", {"Bucket": "b", "Key": "k", "Body": File("a b.json", "0" * 64, 3)})
    assert argv(as_aws_command(call))[-1] == "a b.json"
    assert "Body=Path('a b.json').read_bytes()" in as_boto3(call)


@pytest.mark.parametrize("call", [Call("s3", "MakeBucket"), Call("ec2", "CreateVpc", {"Cidr": "x"})])
def test_what_aws_does_not_have_is_refused_by_name(call: Call) -> None:
    with pytest.raises(ExportError, match=f"{call.name}|Cidr"):
        as_aws_command(call)


def test_what_is_no_call_of_aws_is_said_in_words() -> None:
    person: dict[str, Any] = {"what": "set the record\nrm -rf /", "how": "at your provider"}
    assert all(line.startswith("# ") for line in as_aws_command(Call("person", "Ask", person)).splitlines())
    push = Call("image", "Push", {"repository": "karet", "uri": ref("images.r", "uri"), "tag": "t"})
    assert 'docker push "${IMAGES_R_URI}":t' in as_aws_command(push)
    assert shlex.split(as_aws_command(Call("bulk", "EmptyBucket", {"Bucket": "b"}))) == ["empty_bucket", "b"]


def test_every_resource_of_the_document_has_variables_of_its_own() -> None:
    loaded = load(None, (), environ={}, profile_region=lambda: None, region_flag="us-east-1", rehearsal=True)
    deployment = loaded.deployment.for_account("123456789012")
    ids = Graph([one for section in document.sections() for one in section.resources(deployment)]).resources
    assert len({variable(id_, "id") for id_ in ids}) == len(ids)
