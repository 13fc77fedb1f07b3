"""Which region is meant: flag, file, AWS_REGION, AWS_DEFAULT_REGION or profile, in this order, and which one decided.

The AWS CLI and most SDKs read AWS_REGION; boto3 reads only AWS_DEFAULT_REGION (botocore 1.44.5 configprovider, probed
2026-11-23). So the runbook decides itself and gives the region to every client.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

VARIABLES = ("AWS_REGION", "AWS_DEFAULT_REGION")
REHEARSAL_REGION = "us-east-1"

NO_REGION = (
    "is missing: no --region, no region in the file, no AWS_REGION, no AWS_DEFAULT_REGION, and the profile has none; "
    "boto3 would ignore AWS_REGION and take a region from elsewhere, so the runbook wants to be told"
)


def choose(
    *,
    flag: str | None,
    override: str | None,
    file: tuple[str, str] | None,
    environ: Mapping[str, str],
    profile_region: Callable[[], str | None],
    rehearsal: bool,
) -> tuple[str, str] | None:
    """The region and the name of what decided; None when nothing says one.

    Parameters
    ----------
    flag: what --region says.
    override: what `--set region=` says.
    file: the region in the settings file, and how to name that place.
    profile_region: reads the profile; called last, and never in a rehearsal, which belongs to no account.
    """
    if flag:
        return flag, "--region"
    if override:
        return override, "--set region"
    if file:
        return file
    for variable in VARIABLES:
        if environ.get(variable):
            return environ[variable], variable
    if rehearsal:
        return REHEARSAL_REGION, "the rehearsal's default"
    from_profile = profile_region()
    return (from_profile, "the profile") if from_profile else None
