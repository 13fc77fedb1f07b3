"""Sliders for the question of the networks: moved in JupyterLab they draw its answer and its curves anew."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING, Any, Final

from runbook.errors import RunbookError
from runbook.notebooks.shown import sentences

if TYPE_CHECKING:
    from runbook.notebooks.networks_question import NetworksQuestion

STATIC: Final = "The sliders are not shown here; the charts below are for the parameters above."
_GIB: Final = {
    "logs_gib": "Logs, GiB",
    "queue_gib": "Queue, GiB",
    "secrets_gib": "Secrets, GiB",
    "ecr_api_gib": "ECR API, GiB",
    "s3_gib": "S3, GiB",
    "image_pull_gib": "Images, GiB",
    "internet_in_gib": "From internet, GiB",
    "internet_out_gib": "To internet, GiB",
    "cross_zone_gib": "Across zones, GiB",
}
_MOST_GIB: Final = 5000.0
_REGIONS: Final = ("us-east-1", "us-east-2", "us-west-2", "eu-west-1", "eu-central-1")


class Sliders:
    """The controls with the picture below them; where nothing can be moved a sentence says where it can."""

    def __init__(self, question: NetworksQuestion) -> None:
        try:
            import ipywidgets as widgets
        except ModuleNotFoundError as error:
            raise RunbookError(
                "sliders need ipywidgets, which is not installed",
                hint="Install the extra: pip install 'karet-runbook[notebooks]'.",
            ) from error
        self._question = question
        styled: Any = {"style": {"description_width": "10em"}}
        wide: Any = {**styled, "continuous_update": False}
        regions = tuple(dict.fromkeys((question.region, *_REGIONS)))
        names = tuple(name.strip() for name in question.endpoints.split(",") if name.strip())
        self.controls: dict[str, Any] = {
            "region": widgets.Dropdown(options=regions, value=question.region, description="Region", **styled),
            "zones": widgets.IntSlider(question.zones, 1, 6, description="Zones", **wide),
            "tasks": widgets.IntSlider(question.tasks, 0, 50, description="Tasks", **wide),
            "endpoints": widgets.SelectMultiple(options=names, value=names, description="Endpoints", **styled),
        }
        for name, label in _GIB.items():
            now = getattr(question, name)
            most = max(_MOST_GIB, 2 * now)
            self.controls[name] = widgets.FloatSlider(
                now, min=0, max=most, description=label, readout_format=",.2f", **wide
            )
        self.picture = widgets.HTML()
        for control in self.controls.values():
            control.observe(self._moved, names="value")
        self._moved(None)
        columns = widgets.Layout(grid_template_columns="repeat(2, 24rem)")
        self._box = widgets.VBox([widgets.GridBox(list(self.controls.values()), layout=columns), self.picture])

    def _moved(self, _: object) -> None:
        values = {name: control.value for name, control in self.controls.items()}
        values["endpoints"] = ", ".join(values["endpoints"])
        try:
            asked = self._question.but(**values)
            self.picture.value = asked.answer.html + asked.bills.html + asked.curves.svg
        except RunbookError as error:
            self.picture.value = f"<pre>{html.escape(str(error))}</pre>"

    def _repr_mimebundle_(self, **_: object) -> dict[str, Any]:
        """The controls, and beside them the sentence for readers without widgets."""
        bundle: dict[str, Any] = dict(self._box._repr_mimebundle_())
        return {**bundle, "text/html": sentences([STATIC]).html, "text/plain": STATIC}
