"""Which file section 13 sends the way of an upload, and what that way depends on."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from runbook.kinds.s3_probe import FILE_NAME
from runbook.model import escape, ref
from runbook.settings import Deployment


def probe_key(deployment: Deployment) -> str:
    """A key that the notification reports: laid out as uploads are, where the notification's prefix allows it."""
    app = deployment.app
    name = f"{FILE_NAME}{deployment.stack}{app.upload_suffix or '.csv'}"
    laid_out = app.upload_layout.replace("<pipeline>", app.probe_pipeline).replace("<file>", name)
    laid_out = re.sub(r"<[a-z]+>", "probe", laid_out)
    if laid_out.startswith(app.upload_prefix) and laid_out.endswith(name):
        return laid_out
    folder = app.upload_prefix
    return f"{folder}{'' if not folder or folder.endswith('/') else '/'}{name}"


def wiring(deployment: Deployment) -> Mapping[str, Any]:
    """What else the way depends on: when any of it is another, the way is another and has to be proven anew."""
    app = deployment.app
    return {
        "reported": [escape(app.upload_prefix), escape(app.upload_suffix)],
        "told": [escape(app.webhook_path), app.webhook_body],
        "worker": ref("images.worker", "digest"),
        "poller": ref("images.poller", "digest"),
    }
