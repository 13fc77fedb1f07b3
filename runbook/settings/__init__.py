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
from runbook.settings.reference import SettingInfo, all_settings
from runbook.settings.text import Question, init_text, questions, settings_text

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
    "Question",
    "Service",
    "SettingInfo",
    "all_settings",
    "applied_settings",
    "applied_text",
    "changed_fixed",
    "differences",
    "fixed_settings",
    "init_text",
    "load",
    "questions",
    "revised",
    "settings_text",
]
