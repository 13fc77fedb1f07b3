"""The one door on the embedded AWS: recovery, adoption, settings in the account, and what the journal keeps."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from rehearsal_clients import make_client

from runbook.engine.journal_read import JournalReader
from runbook.engine.tasks import Stop
from runbook.errors import FixedError, ForeignError, GuardError, PlanError
from runbook.rehearsal.embedded import Embedded
from runbook.runs import history
from runbook.runs.runs import RunResult, Runs

SECTIONS = ("1", "2", "3")


def apply(runs: Runs, *words: str, **more: Any) -> RunResult:
    return runs.apply(runs.plan(words or SECTIONS, **more), command="test")


def names(embedded: Embedded, service: str) -> str:
    return json.dumps(embedded.inventory().get(service, []))


@pytest.mark.parametrize("kind", ["503-after", *(pytest.param(one, marks=pytest.mark.prove) for one in ["cut", "503"])])
def test_an_unanswered_create_of_everything_makes_one_thing_not_two(
    kind: str, open_runs: Any, embedded: Embedded
) -> None:
    apply(open_runs())
    undisturbed = embedded.inventory()
    embedded.reset()
    embedded.seed_zone("example.com")
    embedded.add_faults([f"*.Create*:{kind}:1", f"*.Put*:{kind}:1", f"iam.Attach*:{kind}:1"])
    result = apply(open_runs())
    assert result.report.outcome == "done"
    assert embedded.remaining_faults() == []
    assert embedded.inventory() == undisturbed
    assert open_runs().plan(SECTIONS).plan.acting == ()


def test_a_throttled_create_is_sent_again(open_runs: Any, embedded: Embedded) -> None:
    embedded.add_faults(["iam.CreateRole:throttle:4", "s3.CreateBucket:throttle:2"])
    assert apply(open_runs()).report.outcome == "done"
    assert open_runs().plan(SECTIONS).plan.acting == ()


def test_one_refused_call_stops_what_depends_on_it_and_nothing_else(open_runs: Any, embedded: Embedded) -> None:
    embedded.add_faults(["s3.CreateBucket:denied:99"])
    result = apply(open_runs())
    became = {step.change.id: step.became for step in result.report.steps}
    assert became["s3.bucket"] == "failed"
    assert became["s3.policy"] == "not_started"
    assert became["iam.worker-role"] == "not_started"
    assert became["iam.exec-role"] == "done"
    assert became["prerequisites.settings"] == "done"
    error = next(step.error for step in result.report.steps if step.change.id == "s3.bucket")
    text = str(error)
    assert "s3.bucket" in text
    assert "s3.CreateBucket" in text
    assert "AccessDenied" in text
    embedded.clear_faults()
    assert apply(open_runs()).report.outcome == "done"


def test_without_its_journal_a_finished_stack_plans_empty(open_runs: Any, embedded: Embedded) -> None:
    runs = open_runs()
    apply(runs)
    shutil.rmtree(runs.place.journal.parent)
    assert open_runs().plan(SECTIONS).plan.acting == ()


def test_another_operator_with_other_settings_is_told_who_applied_what(open_runs: Any) -> None:
    apply(open_runs())
    applied = open_runs("storage.noncurrent_days=60").plan(SECTIONS).applied
    text = "\n".join(applied.lines())
    assert "storage.noncurrent_days: 30 -> 60" in text
    assert "applied by" in text


def test_a_fixed_setting_is_refused_with_reason_and_way(open_runs: Any) -> None:
    apply(open_runs(), "1")
    subnets = [f"subnet-0000000{number}" for number in range(4)]
    existing = f"{{id='vpc-01234567', public_subnet_ids={subnets[:2]}, private_subnet_ids={subnets[2:]}}}"
    for override, key, why in (
        ("storage.name=another-name-1", "storage.name", "cannot rename"),
        ("vpc.cidr=10.70.0.0/16", "vpc.cidr", "cannot change the CIDR"),
        ('vpc.private_subnets=["10.60.64.0/20", "10.60.80.0/20"]', "vpc.private_subnets", "cannot change the CIDR"),
        (f"vpc={existing}", "vpc.id", "cannot move to another VPC"),
    ):
        with pytest.raises(FixedError) as refused:
            open_runs(override).plan(["1"])
        assert f"{key}: " in str(refused.value)
        assert why in str(refused.value)
        assert refused.value.hint


def test_a_changed_setting_is_one_update_and_then_nothing(open_runs: Any) -> None:
    apply(open_runs())
    planned = open_runs("storage.noncurrent_days=60", "tags={team='data'}").plan(SECTIONS)
    assert {change.action for change in planned.plan.acting} == {"update"}
    runs = open_runs("storage.noncurrent_days=60", "tags={team='data'}")
    apply(runs)
    assert runs.plan(SECTIONS).plan.acting == ()


def _client(runs: Runs, service: str) -> Any:
    """A client past the runbook, as somebody else's."""
    return make_client(str(runs.place.session.endpoint_url), service, runs.place.session.region)


def test_a_bucket_of_ours_without_tags_stops_the_plan_until_it_is_adopted(open_runs: Any) -> None:
    runs = open_runs()
    name = runs.place.deployment.bucket("123456789012")
    _client(runs, "s3").create_bucket(Bucket=name)
    planned = runs.plan(["2"])
    (stopped,) = planned.plan.stops
    assert stopped.id == "s3.bucket"
    assert "--adopt s3.bucket" in stopped.stop
    with pytest.raises(PlanError, match=r"--adopt s3\.bucket"):
        runs.apply(planned, command="test")
    apply(open_runs(), "2", adopt=("s3.bucket",))
    assert open_runs().plan(["2"]).plan.acting == ()


def test_a_bucket_of_another_account_is_named_with_the_way_out(open_runs: Any, embedded: Embedded) -> None:
    embedded.foreign_buckets(["somebody-elses-bucket"])
    with pytest.raises(ForeignError) as refused:
        open_runs("storage.name=somebody-elses-bucket").plan(["2"])
    assert "storage.name" in str(refused.value)


def test_what_others_put_beside_ours_stays_and_is_shown(open_runs: Any) -> None:
    runs = open_runs()
    apply(runs)
    name = runs.place.deployment.bucket("123456789012")
    s3, iam = _client(runs, "s3"), _client(runs, "iam")
    policy = json.loads(s3.get_bucket_policy(Bucket=name)["Policy"])
    theirs = {
        "Sid": "Theirs",
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:PutObject",
        "Resource": f"arn:aws:s3:::{name}/frozen/*",
    }
    policy["Statement"].append(theirs)
    s3.put_bucket_policy(Bucket=name, Policy=json.dumps(policy))
    iam.put_role_policy(RoleName="karet-task-role", PolicyName="theirs", PolicyDocument=json.dumps(policy_for(name)))
    again = open_runs().plan(SECTIONS)
    assert again.plan.acting == ()
    foreign = {entry for one in again.found.values() for entry in one.state.foreign}
    assert foreign == {"policy statement Theirs", "inline policy theirs"}
    changed = open_runs("storage.noncurrent_days=90")
    apply(changed)
    sids = {one["Sid"] for one in json.loads(s3.get_bucket_policy(Bucket=name)["Policy"])["Statement"]}
    assert sids == {"Theirs", "KaretTlsOnly"}
    failed = [one.id for one in open_runs().verify(["3"]) if one.outcome == "failed"]
    assert failed == ["iam.nothing-added"]


def policy_for(bucket: str) -> dict[str, Any]:
    statement = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{bucket}/*"}
    return {"Version": "2012-10-17", "Statement": [statement]}


def test_a_config_that_is_in_use_is_never_overwritten_and_both_versions_are_shown(open_runs: Any) -> None:
    runs = open_runs()
    apply(runs)
    name = runs.place.deployment.bucket("123456789012")
    _client(runs, "s3").put_object(Bucket=name, Key="config/pipeline.json", Body=b'{"name": "in use"}')
    again = open_runs().plan(SECTIONS)
    assert again.plan.acting == ()
    (shown,) = again.found["s3.config"].state.foreign
    assert "in use and stays" in shown
    assert "MD5" in shown


def test_a_missing_config_file_stops_the_plan_with_the_setting_that_fixes_it(open_runs: Any, tmp_path: Path) -> None:
    runs = open_runs()
    Path(runs.place.deployment.pipeline.file).unlink()
    (stopped,) = runs.plan(["2"]).plan.stops
    assert stopped.id == "s3.config"
    assert "pipeline.file" in stopped.stop


def test_a_stop_between_two_calls_leaves_the_rest_for_the_next_apply(open_runs: Any) -> None:
    runs = open_runs()
    stop = Stop()

    def after_the_first_call(event: Any) -> None:
        if type(event).__name__ == "CallFinished":
            stop.request()

    result = runs.apply(runs.plan(SECTIONS), command="test", on_event=after_the_first_call, stop=stop)
    assert result.report.outcome == "cancelled"
    assert result.exit_code == 130
    assert apply(open_runs()).report.outcome == "done"
    assert open_runs().plan(SECTIONS).plan.acting == ()


def test_another_account_in_the_middle_of_a_run_stops_it(open_runs: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    runs = open_runs()
    session = runs.place.session
    keys = iter(["testing", "testing", *["another"] * 50])
    monkeypatch.setattr(session, "_access_key", lambda: next(keys))
    monkeypatch.setattr(
        session, "_who", lambda: {"Account": "999999999999", "Arn": "arn:aws:iam::999999999999:user/other"}
    )
    session.identity()
    session.identity()
    with pytest.raises(GuardError, match="999999999999"):
        session.identity()


def test_the_journal_keeps_intents_results_checks_and_who_did_it(open_runs: Any) -> None:
    runs = open_runs()
    result = apply(runs)
    run_id = history.resolve(runs.place, "latest")
    assert run_id == result.run
    entries = list(history.entries(runs.place, run_id))
    start = entries[0].body
    assert start["principal"].startswith("arn:aws:")
    assert start["settings"]["stack"] == "karet"
    assert start["plan"]["hash"] == start["plan_hash"]
    intents = [entry for entry in entries if entry.kind == "intent"]
    results = [entry for entry in entries if entry.kind == "result"]
    assert len(intents) == len(results) == len({entry.body["intent"] for entry in results})
    checks = [entry for entry in entries if entry.kind == "check"]
    assert checks
    assert all(entry.body["evidence"] for entry in checks)
    with JournalReader.read(runs.place.journal) as journal:
        assert journal.open_intents() == []
        assert journal.verify().broken is None


def test_verify_records_its_evidence_when_it_is_a_run_of_its_own(open_runs: Any) -> None:
    runs = open_runs()
    apply(runs)
    runs.verify(["2"], command="karet verify 2")
    entries = list(history.entries(runs.place, history.resolve(runs.place, "latest")))
    encrypted = next(entry for entry in entries if entry.body.get("id") == "s3.encrypted")
    assert "GetBucketEncryption" in encrypted.body["evidence"][0]["call"]
    assert "AES256" in encrypted.body["evidence"][0]["answer"]


def test_a_section_that_others_need_is_removed_only_with_them(open_runs: Any) -> None:
    apply(open_runs())
    runs = open_runs()
    alone = runs.plan_destroy(["2"], delete_data=True)
    assert any("iam.worker-role" in change.stop for change in alone.plan.stops)
    together = runs.plan_destroy(["2"], delete_data=True, with_dependents=True)
    assert together.plan.stops == ()
    assert {"iam.worker-role", "iam.web-role", "s3.bucket"} <= {change.id for change in together.plan.acting}


def test_a_bucket_with_many_versions_is_emptied_and_removed(open_runs: Any) -> None:
    runs = open_runs()
    apply(runs, "2")
    s3 = _client(runs, "s3")
    name = runs.place.deployment.bucket("123456789012")
    for number in range(30):
        s3.put_object(Bucket=name, Key=f"raw/{number % 10}.csv", Body=b"x")
    s3.delete_object(Bucket=name, Key="raw/1.csv")
    s3.create_multipart_upload(Bucket=name, Key="raw/unfinished.csv")
    destroy = open_runs()
    result = destroy.apply(destroy.plan_destroy(["2"], delete_data=True), command="test")
    assert result.report.outcome == "done"
    assert name not in [one["Name"] for one in s3.list_buckets()["Buckets"]]
