"""Tasks that only seem to run leave a line where their log configuration says."""

from __future__ import annotations

from rehearsal_bites import bites
from rehearsal_clients import ClientFor
from rehearsal_services import make_place


@bites("logs", "tasks run and write nothing: a first line for each container of a task that runs")
def test_a_running_task_has_a_stream_with_one_line(client: ClientFor) -> None:
    place, logs = make_place(client), client("logs")
    for name in ("/k/web", "/other"):
        logs.create_log_group(logGroupName=name)
    options = {"awslogs-group": "/k/web", "awslogs-region": "us-east-1", "awslogs-stream-prefix": "web"}
    place.service(place.register(container={"logConfiguration": {"logDriver": "awslogs", "options": options}}))
    arns = place.ecs.list_tasks(cluster="k")["taskArns"]
    for _ in range(2):
        events = logs.filter_log_events(logGroupName="/k/web")["events"]
        assert sorted(one["logStreamName"] for one in events) == sorted(
            f"web/web/{arn.rpartition('/')[2]}" for arn in arns
        )
        assert {one["message"] for one in events} == {"web started in the rehearsal, listening on port 3000"}
    assert logs.filter_log_events(logGroupName="/other")["events"] == []
