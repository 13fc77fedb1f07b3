"""Reading karet.toml, --set, flags and environment."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from runbook.errors import SettingsError
from runbook.settings import Loaded, load

MINIMAL = 'region = "us-east-1"\ndomain = "karet.example.com"\n'


def never() -> str | None:
    raise AssertionError("the profile must not be read")


@pytest.fixture
def read(tmp_path: Path):
    def read(text: str | bytes, *overrides: str, **more) -> Loaded:
        path = tmp_path / "karet.toml"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return load(path, overrides, **{"environ": {}, "profile_region": never, **more})

    return read


@pytest.fixture
def problems(read):
    def problems(text: str | bytes, *overrides: str, **more) -> list[str]:
        with pytest.raises(SettingsError) as caught:
            read(text, *overrides, **more)
        assert caught.value.exit_code == 64
        return list(caught.value.problems)

    return problems


def test_a_wrong_choice_names_file_line_key_and_the_nearest_choice(problems):
    assert problems(MINIMAL + '\n# way out\nnetwork = "natt"\n') == [
        'karet.toml:5 network: "natt" is not one of nat, nat-per-az, endpoints; did you mean "nat"?'
    ]


def test_all_wrong_values_are_named_at_once_in_the_order_of_the_file(problems):
    text = """\
stack = "Karet"
region = "us-eats-1"
netwrok = "nat"
zones = 4
retention_days = 31
[web]
memory_mib = 5000
[worker]
count = "1"
"""
    found = problems(text, "events=eventbridge")
    assert [line.split(": ")[0] for line in found] == [
        "karet.toml:1 stack",
        "karet.toml:2 region",
        "karet.toml:3 netwrok",
        "karet.toml:4 zones",
        "karet.toml:5 retention_days",
        "karet.toml:7 web.memory_mib",
        "karet.toml:9 worker.count",
        "--set events",
        "karet.toml tls",
    ]
    assert found[2].endswith('is not a setting; did you mean "network"?')
    assert "nearest is 30" in found[4]
    assert "nearest is 4096" in found[5]
    assert "a whole number" in found[6]
    assert "sqs is the better default" in found[7]


def test_rules_between_settings_stay_silent_about_values_that_are_wrong_alone(problems):
    found = problems('region = "us-east-1"\ndomain = "Karet"\nhosted_zone = "example.com"\n')
    assert len(found) == 1
    assert found[0].startswith('karet.toml:2 domain: "Karet" is not a domain name')


def test_a_key_that_lives_in_another_table_is_pointed_to(problems):
    assert problems(MINIMAL + "cpu = 512\n") == [
        "karet.toml:3 cpu: is not a setting; did you mean web.cpu or worker.cpu?"
    ]


def test_an_element_of_a_list_is_named_with_its_own_line(problems):
    found = problems(MINIMAL + 'open_to = [\n  "10.0.0.0/8",\n  "203.0.113.7",\n]\n')
    assert found == [
        'karet.toml:5 open_to[1]: "203.0.113.7" names one address without its size; write "203.0.113.7/32"'
    ]


def test_a_syntax_error_names_line_and_column(read):
    with pytest.raises(SettingsError, match=r"karet\.toml:2:11 is not valid TOML"):
        read('region = "us-east-1"\nnetwork = nat\n')


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b'stack = "\xff"', r"karet\.toml:1 is not UTF-8"),
        (b"x = " + b"[" * 5000, r"nested too deeply|not valid TOML"),
        (b"x = " + b"9" * 5000, "is not valid TOML"),
        (b"x = 1e9999999999999999999999", "is not valid TOML"),
        pytest.param(b"#" * 1_000_001, "at most 1000000", id="too long"),
    ],
)
def test_a_file_that_is_no_settings_file_is_refused_in_words(read, raw, said):
    with pytest.raises(SettingsError, match=said):
        read(raw)


def test_a_missing_file_and_a_folder_are_refused_in_words(tmp_path):
    for path, said in ((tmp_path / "none.toml", "no settings file"), (tmp_path, "cannot be read")):
        with pytest.raises(SettingsError, match=said):
            load(path, environ={}, profile_region=never)


def test_a_byte_order_mark_and_windows_line_ends_are_read(problems):
    text = b"\xef\xbb\xbf" + MINIMAL.replace("\n", "\r\n").encode() + b'network = "x"\r\n'
    assert problems(text)[0].startswith("karet.toml:3 network")


def test_priced_only_networks_are_refused_with_what_can_be_built(problems):
    for name in ("nat-no-s3", "public-ip"):
        (line,) = problems(MINIMAL + f'network = "{name}"\n')
        assert "is priced only" in line
        assert "nat, nat-per-az, endpoints" in line


def test_set_overrides_the_file_and_reads_values_by_the_type_of_the_setting(read):
    deployment = read(
        MINIMAL + 'network = "nat"\n[web]\ncount = 2\n',
        "network=endpoints",
        "web.count=3",
        "account=123456789012",
        "open_to=203.0.113.7/32, 198.51.100.0/24",
        "tags.team=42",
        'tags."cost:center"=a = b',
        'extra_endpoints=["kms"]',
        "budget_usd=149.90",
        "hosted_zone=",
    ).deployment
    assert (deployment.network, deployment.web.count, deployment.account) == ("endpoints", 3, "123456789012")
    assert deployment.open_to == ("203.0.113.7/32", "198.51.100.0/24")
    assert deployment.tags == {"team": "42", "cost:center": "a = b"}
    assert deployment.extra_endpoints == ("kms",)
    assert str(deployment.budget_usd) == "149.90"
    assert deployment.hosted_zone is None


@pytest.mark.parametrize("text", ["network", "=nat", "a b=1", "a\nb=1", "[x]y=1", ""])
def test_a_set_that_is_no_key_and_value_is_named(problems, text):
    assert any(line.startswith("--set ") for line in problems(MINIMAL, text))


def test_a_wrong_set_names_the_flag_and_not_the_line_it_overrides(problems):
    assert problems(MINIMAL + 'network = "nat"\n', "network=natt")[0].startswith("--set network:")


def test_the_region_comes_from_flag_set_file_environment_and_profile_in_this_order(read):
    environ = {"AWS_REGION": "eu-west-1", "AWS_DEFAULT_REGION": "eu-west-2"}
    without = 'domain = "karet.example.com"\n'
    profile = {"profile_region": lambda: "sa-east-1"}
    cases = [
        (read(MINIMAL, "region=eu-north-1", region_flag="ca-central-1", environ=environ), "ca-central-1", "--region"),
        (read(MINIMAL, "region=eu-north-1", environ=environ), "eu-north-1", "--set region"),
        (read(MINIMAL, environ=environ), "us-east-1", "karet.toml:1"),
        (read(without, environ=environ), "eu-west-1", "AWS_REGION"),
        (read(without, environ={"AWS_DEFAULT_REGION": "eu-west-2"}), "eu-west-2", "AWS_DEFAULT_REGION"),
        (read(without, **profile), "sa-east-1", "the profile"),
    ]
    assert [(found.deployment.region, found.region_source) for found, _, _ in cases] == [case[1:] for case in cases]


def test_without_any_region_the_message_says_where_it_was_looked_for_and_why(problems):
    (line,) = problems('domain = "karet.example.com"\n', profile_region=lambda: None)
    assert line.startswith("karet.toml region: is missing")
    assert "boto3 would ignore AWS_REGION" in line


@pytest.mark.parametrize(
    ("region", "said"),
    [
        ("us-eats-1", 'did you mean "us-east-1"?'),
        ("cn-north-1", "AWS China"),
        ("us-gov-west-1", "AWS GovCloud"),
        ("eusc-de-east-1", "European Sovereign Cloud"),
        ("Frankfurt", "is not the name of an AWS region"),
    ],
)
def test_a_wrong_region_names_the_variable_it_came_from(problems, region, said):
    (line,) = problems('domain = "karet.example.com"\n', environ={"AWS_REGION": region})
    assert line.startswith("AWS_REGION: ")
    assert said in line


def test_the_rehearsal_fills_in_region_domain_and_door_and_asks_no_profile():
    loaded = load(None, environ={}, profile_region=never, rehearsal=True)
    assert loaded.deployment.region == "us-east-1"
    assert loaded.region_source == "the rehearsal's default"
    assert loaded.deployment.domain == "karet.example.com"
    assert loaded.deployment.open_to == ("0.0.0.0/0",)


def test_the_rehearsal_keeps_what_is_given(read):
    text = 'region = "eu-west-1"\nhosted_zone = "example.org"\nopen_to = ["10.0.0.0/8"]\n'
    deployment = read(text, rehearsal=True).deployment
    assert (deployment.region, deployment.domain) == ("eu-west-1", "karet.example.org")
    assert deployment.open_to == ("10.0.0.0/8",)


def test_a_value_in_environment_or_secrets_never_reaches_a_message(problems):
    found = problems(
        MINIMAL
        + '[app.web.environment]\nDB_PASSWORD = "canary-1"\nBELL = "canary-2\\u0007"\n'
        + '[app.worker.secrets]\nKEY = "canary-3 with spaces"\n',
        "app.web.environment.COUNT=canary-4\x07",
    )
    assert len(found) == 4
    assert not any("canary" in line for line in found)


def test_hostile_text_in_a_message_is_escaped(problems):
    (line,) = problems(MINIMAL + 'network = "\\u001b[31mred\\u009b"\n')
    assert line.isprintable()


def test_paths_start_at_the_folder_of_the_file(read, tmp_path):
    assert read(MINIMAL).base == tmp_path.resolve()
    assert load(None, environ={}, profile_region=never, rehearsal=True).base == Path.cwd()


def test_importing_the_settings_loads_neither_boto3_nor_pandas_nor_textual():
    code = "import sys, runbook.settings; print({'boto3', 'botocore', 'pandas', 'textual', 'moto'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
