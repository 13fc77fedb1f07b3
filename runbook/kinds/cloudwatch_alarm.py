"""CloudWatch: an alarm over one metric or a formula of several, which tells a topic when its state changes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, ClassVar, Literal

from runbook.kinds.kind import STACK, Kind
from runbook.model import Call, CfnPart, CostLine, Keep, Known, Permission, ReadOnlyAws, State, Usage

_GONE = ("ResourceNotFound", "ResourceNotFoundException")
_ABOVE = "GreaterThanThreshold"


@dataclass(frozen=True, kw_only=True)
class Alarm(Kind):
    """An alarm that fires when a figure was above a threshold for some periods in a row.

    Parameters
    ----------
    name: begins with the stack, by which all alarms of a stack are read at once.
    queries: MetricDataQuery structures as botocore spells them; exactly one has ReturnData true, and that is watched.
    missing: what a period without data counts as.
    actions: ARNs that hear of the states ALARM and OK.
    """

    name: str
    region: str
    account: str
    partition: str = "aws"
    description: str
    queries: Sequence[Mapping[str, Any]]
    threshold: float
    periods: int
    missing: Literal["notBreaching", "missing"]
    actions: Sequence[str]
    # An alarm without what it watches is of no use, and must not keep anybody from removing that.
    keep: Keep = "along"

    consistent_s: ClassVar[float] = 30.0

    @property
    def _arn(self) -> str:
        return f"arn:{self.partition}:cloudwatch:{self.region}:{self.account}:alarm:{self.name}"

    def settings(self) -> Mapping[str, Any]:
        """What is watched, from when on it is too much, and who hears of it."""
        return {
            "queries": [_comparable(one) for one in self.queries],
            "threshold": float(self.threshold),
            "comparison": _ABOVE,
            "periods": self.periods,
            "datapoints": self.periods,
            "missing": self.missing,
            "actions": sorted(self.actions),
            "ok_actions": sorted(self.actions),
            "enabled": True,
            "description": self.description,
        }

    def _configuration(self) -> dict[str, Any]:
        return {
            "AlarmDescription": self.description,
            "ActionsEnabled": True,
            "AlarmActions": list(self.actions),
            "OKActions": list(self.actions),
            "Metrics": [dict(one) for one in self.queries],
            "Threshold": float(self.threshold),
            "ComparisonOperator": _ABOVE,
            "EvaluationPeriods": self.periods,
            "DatapointsToAlarm": self.periods,
            "TreatMissingData": self.missing,
        }

    def look(self, aws: ReadOnlyAws, known: Known) -> State:
        """The alarm of this name, or absent; one read serves all alarms of the stack."""
        for one in alarms_of(aws, self.owner.stack):
            if one["AlarmName"] == self.name:
                return _found(aws, one)
        return State.ABSENT

    def create(self, state: State) -> list[Call]:
        """One call with its tags; the same call again changes nothing."""
        permissions = (
            Permission("cloudwatch:PutMetricAlarm", self._arn),
            Permission("cloudwatch:TagResource", self._arn),
        )
        params = {"AlarmName": self.name, **self._configuration(), "Tags": self.tag_list()}
        return [Call("cloudwatch", "PutMetricAlarm", params, permissions=permissions)]

    def update(self, changed: frozenset[str], state: State) -> list[Call]:
        """The whole configuration, because the call replaces all of it; the state stays, and so do the tags."""
        return [Call("cloudwatch", "PutMetricAlarm", {"AlarmName": self.name, **self._configuration()}, on=self._arn)]

    def tagging(self, state: State) -> list[Call]:
        """Adds our tags; other tags stay."""
        arn = state.outputs["arn"]
        return [Call("cloudwatch", "TagResource", {"ResourceARN": arn, "Tags": self.tag_list()}, on=arn)]

    @classmethod
    def undo(cls, state: State) -> list[Call]:
        """Delete it with its history."""
        return [
            Call("cloudwatch", "DeleteAlarms", {"AlarmNames": [state.name]}, on=state.outputs["arn"], done=_GONE),
        ]

    def cost(self, usage: Usage, found: State | None = None) -> Iterable[CostLine]:
        """A price for each metric that it looks at; a formula itself is free."""
        return _lines(self.id, self.settings() if found is None else found.settings)

    @classmethod
    def cost_found(cls, id_: str, state: State, usage: Usage) -> Iterable[CostLine]:
        """The same for every alarm, whoever declares it."""
        return _lines(id_, state.settings)

    def cloudformation(self) -> CfnPart:
        """AWS::CloudWatch::Alarm."""
        return CfnPart(
            "AWS::CloudWatch::Alarm", {"AlarmName": self.name, **self._configuration(), "Tags": self.tag_list()}
        )

    @classmethod
    def strays(cls, aws: ReadOnlyAws, stack: str) -> Iterable[State]:
        """Alarms whose name begins with the stack and that carry its tag."""
        for one in alarms_of(aws, stack):
            state = _found(aws, one)
            if (state.tags or {}).get(STACK) == stack:
                yield state


def alarms_of(aws: ReadOnlyAws, stack: str) -> list[dict[str, Any]]:
    """Every metric alarm whose name begins as those of a stack do, as CloudWatch describes it."""
    answer = aws.read("cloudwatch", "DescribeAlarms", AlarmNamePrefix=f"{stack}-", AlarmTypes=["MetricAlarm"])
    return list(answer.get("MetricAlarms", []))


def _found(aws: ReadOnlyAws, one: Mapping[str, Any]) -> State:
    arn = one["AlarmArn"]
    tags = aws.find("cloudwatch", "ListTagsForResource", _GONE, ResourceARN=arn) or {}
    return State(
        "ready",
        settings={
            "queries": [_comparable(query) for query in one.get("Metrics") or [_plain(one)]],
            "threshold": float(one.get("Threshold", 0)),
            "comparison": one.get("ComparisonOperator", ""),
            "periods": int(one.get("EvaluationPeriods", 0)),
            "datapoints": int(one.get("DatapointsToAlarm") or one.get("EvaluationPeriods", 0)),
            "missing": one.get("TreatMissingData") or "missing",
            "actions": sorted(one.get("AlarmActions", [])),
            "ok_actions": sorted(one.get("OKActions", [])),
            "enabled": bool(one.get("ActionsEnabled", True)),
            "description": one.get("AlarmDescription", ""),
        },
        outputs={"arn": arn, "name": one["AlarmName"]},
        name=one["AlarmName"],
        tags={tag["Key"]: tag["Value"] for tag in tags.get("Tags", [])},
    )


def _plain(one: Mapping[str, Any]) -> dict[str, Any]:
    """An alarm over one metric without a list, as the list that says the same."""
    metric = {name: one[name] for name in ("Namespace", "MetricName", "Dimensions") if name in one}
    stat = one.get("Statistic") or one.get("ExtendedStatistic") or ""
    return {"Id": "", "MetricStat": {"Metric": metric, "Period": one.get("Period", 0), "Stat": stat}}


def _comparable(query: Mapping[str, Any]) -> dict[str, Any]:
    """One query in one form: dimensions are sorted, what AWS fills in is written down."""
    stat = query.get("MetricStat") or {}
    metric = stat.get("Metric", {})
    return {
        "id": query.get("Id", ""),
        "expression": query.get("Expression") or "",
        "label": query.get("Label") or "",
        "watched": query.get("ReturnData") is not False,
        "metric": "/".join(filter(None, (metric.get("Namespace"), metric.get("MetricName")))),
        "dimensions": {one["Name"]: one["Value"] for one in metric.get("Dimensions", [])},
        "period_s": int(stat.get("Period") or 0),
        "stat": stat.get("Stat", ""),
    }


def _lines(id_: str, settings: Mapping[str, Any]) -> Iterable[CostLine]:
    # Source: AWS docs: Amazon CloudWatch pricing: an alarm over a formula is billed for every metric in it.
    metrics = sum(bool(one["metric"]) for one in settings["queries"])
    yield CostLine(id_, "alarm", "cloudwatch.alarm_month", Decimal(metrics), "one for each metric that it looks at")
