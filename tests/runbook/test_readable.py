"""Parameters as lines for people."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from runbook.calls import File, Json, Secret
from runbook.readable import readable

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(min_size=1, max_size=8), inner, max_size=4),
    max_leaves=20,
)


def test_a_call_reads_as_one_value_a_line() -> None:
    params = {
        "RoleName": "karet-task-role",
        "Policy": Json({"Statement": [{"Effect": "Allow", "Action": ["s3:GetObject", "s3:PutObject"]}]}),
        "Tags": [{"Key": "karet:id", "Value": "iam.web-role"}],
        "Enabled": True,
    }
    assert readable(params) == [
        "RoleName: karet-task-role",
        "Policy (JSON):",
        "  Statement:",
        "    - Effect: Allow",
        "      Action: s3:GetObject, s3:PutObject",
        "Tags:",
        "  karet:id = iam.web-role",
        "Enabled: true",
    ]


def test_a_secret_and_a_file_show_their_shape_only() -> None:
    lines = readable(
        {"SecretString": Secret(48), "Body": File("pipeline.json", "ab" * 32, 12, "/home/ada/pipeline.json")}
    )
    assert lines == [
        "SecretString: ••• (48 characters, made when it is sent)",
        "Body: file pipeline.json (12 bytes, sha256 abababababab)",
    ]


@given(JSON)
def test_every_value_has_lines_and_none_is_empty_of_name(value: object) -> None:
    assert readable(value)
