"""Settings: karet.toml becomes one frozen Deployment, and every wrong value is named with its line and the fix."""

from runbook.settings.changes import (
    Difference,
    FixedChange,
    applied_settings,
    applied_text,
    changed_fixed,
    differences,
    fixed_settings,
)
from runbook.settings.check import revised
from runbook.settings.deployment import DEPLOYABLE_NETWORKS, PRICED_ONLY_NETWORKS, Deployment, Network
from runbook.settings.fields import SERVICES, FixedSetting, Service
from runbook.settings.load import Loaded, load

__all__ = [
    "DEPLOYABLE_NETWORKS",
    "PRICED_ONLY_NETWORKS",
    "SERVICES",
    "Deployment",
    "Difference",
    "FixedChange",
    "FixedSetting",
    "Loaded",
    "Network",
    "Service",
    "applied_settings",
    "applied_text",
    "changed_fixed",
    "differences",
    "fixed_settings",
    "load",
    "revised",
]
