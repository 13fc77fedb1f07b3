"""Amazon CloudWatch: what an alarm may watch, the states it goes through without any data, and whom it tells."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from runbook.rehearsal.rules.rule import Rule
from runbook.rehearsal.rules.sns import may_publish
from runbook.rehearsal.states import current_pacer
from runbook.rehearsal.wire import WireCall
from runbook.rehearsal.world import World

EVALUATED_S = 60.0
"""Seconds until a new alarm is looked at: alarms over periods of a minute and more are evaluated every minute.

Source: AWS docs: Evaluating an alarm.
"""

_ONE_METRIC = ("MetricName", "Namespace", "Dimensions", "Period", "Unit", "Statistic", "ExtendedStatistic")
_MISSING = ("breaching", "notBreaching", "ignore", "missing")


def _key(call: WireCall, what: str, name: str) -> tuple[str, ...]:
    return ("cloudwatch", what, call.region, name)


def _alarms(call: WireCall, world: World) -> dict[str, Any]:
    found: dict[str, Any] = world.backend("cloudwatch", call.region).alarms
    return found


def _name(call: WireCall) -> str:
    return str(call.params.get("AlarmName", ""))


# -- what it may watch ------------------------------------------------------------------------------------------------


def _unclear_metrics(call: WireCall, _: World) -> str | None:
    metrics = call.params.get("Metrics") or []
    if not metrics:
        return None if call.params.get("MetricName") else "MetricName must not be null"
    for name in _ONE_METRIC:
        if call.params.get(name):
            return f"{name} should not be set if list of Metrics is set."
    if sum(one.get("ReturnData") is not False for one in metrics) != 1:
        return "Exactly one element of the metrics list should return data."
    return None


def _unknown_treatment(call: WireCall, _: World) -> str | None:
    treatment = call.params.get("TreatMissingData", "missing")
    return None if treatment in _MISSING else f"Option {treatment} is not supported."


def _action_elsewhere(call: WireCall, _: World) -> str | None:
    for name in ("AlarmActions", "OKActions", "InsufficientDataActions"):
        for action in call.params.get(name) or ():
            parts = str(action).split(":")
            if len(parts) < 6 or parts[0] != "arn":
                return f"Invalid arn syntax: {action}"
            if parts[2] == "sns" and parts[3] != call.region:
                return f"Invalid region {parts[3]} specified. Only {call.region} is supported."
    return None


# -- what it is ---------------------------------------------------------------------------------------------------


def _note_before(call: WireCall, world: World) -> Mapping[str, Any] | None:
    """Keeps what a change of an alarm leaves alone: its state and its tags."""
    backend = world.backend("cloudwatch", call.region)
    before = backend.alarms.get(_name(call))
    tags = dict(backend.tagger.get_tag_dict_for_resource(before.alarm_arn)) if before else {}
    world.kept[_key(call, "before", _name(call))] = (before, tags)
    return None


def _new_or_changed(call: WireCall, world: World) -> None:
    backend = world.backend("cloudwatch", call.region)
    alarm = backend.alarms[_name(call)]
    before, tags = world.kept.pop(_key(call, "before", _name(call)), (None, {}))
    if before is None:
        alarm.state_value, pacer = "INSUFFICIENT_DATA", current_pacer()
        world.kept[_key(call, "due", alarm.name)] = pacer.later(EVALUATED_S) if pacer else 0.0
        return
    for name in ("state_value", "state_reason", "state_reason_data", "state_updated_timestamp", "history"):
        setattr(alarm, name, getattr(before, name))
    backend.tagger.delete_all_tags_for_resource(alarm.alarm_arn)
    backend.tagger.tag_resource(alarm.alarm_arn, [{"Key": key, "Value": value} for key, value in tags.items()])


def _evaluate(call: WireCall, world: World) -> Mapping[str, Any] | None:
    """Judges each alarm whose time has come, once: nothing is metered here, so all of its data are missing."""
    pacer = current_pacer()
    for alarm in _alarms(call, world).values():
        key = _key(call, "due", alarm.name)
        due = world.kept.get(key)
        if due is None or (pacer is not None and not pacer.over(due)):
            continue
        del world.kept[key]
        state = {"breaching": "ALARM", "notBreaching": "OK"}.get(alarm.treat_missing_data or "missing")
        number = int(alarm.evaluation_periods)
        if state is None:
            alarm.state_reason = f"Insufficient Data: {number} datapoints were unknown."
            continue
        treated = "NonBreaching" if state == "OK" else "Breaching"
        _turn(
            alarm,
            state,
            f"Threshold Crossed: no datapoints were received for {number} periods and {number} missing datapoints were "
            f"treated as [{treated}].",
            world,
            call.region,
        )
    return None


def _turn(alarm: Any, state: str, reason: str, world: World, region: str) -> None:
    alarm.update_state(reason, "{}", state)
    _tell(alarm, world, region)


def _told_by_hand(call: WireCall, world: World) -> None:
    alarm = _alarms(call, world).get(_name(call))
    if alarm is not None:
        world.kept.pop(_key(call, "due", alarm.name), None)
        _tell(alarm, world, call.region)


def _tell(alarm: Any, world: World, region: str) -> None:
    """Publishes the new state to the topics of its actions, as far as their policies let CloudWatch do so."""
    actions = {"ALARM": alarm.alarm_actions, "OK": alarm.ok_actions}.get(
        alarm.state_value, alarm.insufficient_data_actions
    )
    for arn in actions if alarm.actions_enabled else ():
        topic = world.backend("sns", region).topics.get(arn)
        if topic is not None and may_publish(topic, alarm.alarm_arn, world.account_id):
            at = datetime.now(UTC).isoformat(timespec="seconds")
            topic.publish(
                f'{{"AlarmName": "{alarm.name}", "NewStateValue": "{alarm.state_value}", "StateChangeTime": "{at}"}}',
                subject=f'{alarm.state_value}: "{alarm.name}"',
            )


def _forget(call: WireCall, world: World) -> Mapping[str, Any] | None:
    backend = world.backend("cloudwatch", call.region)
    for name in call.params.get("AlarmNames") or ():
        world.kept.pop(_key(call, "due", str(name)), None)
        if name in backend.alarms:
            backend.tagger.delete_all_tags_for_resource(backend.alarms[name].alarm_arn)
    return None


def _no_such_alarm(call: WireCall, world: World) -> str | None:
    arn = str(call.params.get("ResourceARN", ""))
    if ":alarm:" not in arn or any(one.alarm_arn == arn for one in _alarms(call, world).values()):
        return None
    return f"Unknown: no alarm has the ARN {arn}"


_PUT = "botocore 1.44 service model: cloudwatch PutMetricAlarm"

CLOUDWATCH_RULES: tuple[Rule, ...] = (
    Rule(
        service="cloudwatch",
        operations=("PutMetricAlarm",),
        code="ValidationError",
        gap="an alarm may watch nothing, a metric beside a list of metrics, or no or two results of a formula",
        source=(
            f"{_PUT} (Metrics); github.com/hashicorp/terraform-provider-aws issue 29894 and "
            "github.com/aws-cloudformation/cfn-lint issue 766 (AWS's words), seen 2026-11-23"
        ),
        refuse=_unclear_metrics,
    ),
    Rule(
        service="cloudwatch",
        operations=("PutMetricAlarm",),
        code="ValidationError",
        gap="any word is accepted for what is done about missing data",
        source=f"{_PUT} (TreatMissingData)",
        refuse=_unknown_treatment,
    ),
    Rule(
        service="cloudwatch",
        operations=("PutMetricAlarm",),
        code="ValidationError",
        gap="an action may be any text, and a topic in another region",
        source=f"{_PUT} (AlarmActions); github.com/cds-snc/notification-terraform pull request 128, seen 2026-11-23",
        refuse=_action_elsewhere,
    ),
    Rule(
        service="cloudwatch",
        operations=("PutMetricAlarm",),
        gap="changing an alarm resets its state and takes tags: noting both before",
        source=f"{_PUT} (the state is left unchanged; Tags of an existing alarm are ignored)",
        reply=_note_before,
    ),
    Rule(
        service="cloudwatch",
        operations=("PutMetricAlarm",),
        gap="a new alarm is OK at once; changing one resets its state and takes tags: keeping both",
        source=f"{_PUT} (a new alarm is in INSUFFICIENT_DATA)",
        complete=_new_or_changed,
    ),
    Rule(
        service="cloudwatch",
        operations=("DescribeAlarms", "DescribeAlarmsForMetric"),
        gap="no alarm is ever evaluated: judging each one once, a minute after it was made, without any data",
        source="AWS docs: Evaluating an alarm; Configuring how CloudWatch alarms treat missing data",
        reply=_evaluate,
    ),
    Rule(
        service="cloudwatch",
        operations=("SetAlarmState",),
        gap="an alarm that changes its state tells nobody: publishing to its topics, as their policies allow",
        source="AWS docs: Notifying users on alarm changes; botocore 1.44 service model: cloudwatch SetAlarmState",
        complete=_told_by_hand,
    ),
    Rule(
        service="cloudwatch",
        operations=("DeleteAlarms",),
        gap="the tags of a deleted alarm come back with its name",
        source="botocore 1.44 service model: cloudwatch DeleteAlarms; moto 5.2.5, probed",
        reply=_forget,
    ),
    Rule(
        service="cloudwatch",
        operations=("ListTagsForResource", "TagResource", "UntagResource"),
        code="ResourceNotFoundException",
        status=404,
        gap="an alarm that does not exist has tags",
        source="botocore 1.44 service model: cloudwatch TagResource, error ResourceNotFoundException",
        refuse=_no_such_alarm,
    ),
)
