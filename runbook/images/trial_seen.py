"""What an image is started with and asked on this machine, and what was seen of it; facts, without a judgement."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

ALIVE_S = 10.0
"""Seconds for which a program has to live; one that lacks a variable ends at once."""


@dataclass(frozen=True)
class Asked:
    """What one request or command came to.

    Parameters
    ----------
    code: HTTP code, or the exit code of a command; None when there was no answer.
    location: where a redirect leads.
    problem: why there was no answer.
    """

    code: int | None = None
    location: str = ""
    problem: str = ""


@dataclass(frozen=True)
class TrialOrder:
    """What is to be started, and what it is asked.

    Parameters
    ----------
    environment: all variables of the container; what Secrets Manager would fill holds placeholders.
    posts: paths that get a POST, each with its body, once the program is well.
    gets: paths that are asked then.
    well: whether a code of the health path counts as well.
    command: what ECS runs inside the container as its health check, as an argument list; empty for none.
    tools: programs that are looked for.
    """

    image: str
    environment: Mapping[str, str]
    port: int
    health_path: str
    well: Callable[[int], bool]
    posts: Mapping[str, bytes] = field(default_factory=dict)
    gets: Sequence[str] = ()
    command: Sequence[str] = ()
    command_s: float = 5.0
    tools: Sequence[str] = ()


@dataclass(frozen=True)
class Trial:
    """What was seen of a container.

    Parameters
    ----------
    user: as the image says; empty for root.
    refused: why the engine could not start it.
    exit_code: None while it still ran at the end.
    lived_s: seconds after its start at which it was last looked at.
    unasked: why its port could not be asked from here.
    exposed: ports that the image exposes.
    """

    architecture: str
    user: str
    size: int
    exposed: tuple[int, ...] = ()
    refused: str = ""
    exit_code: int | None = None
    lived_s: float = 0.0
    last_lines: tuple[str, ...] = ()
    unasked: str = ""
    health: Asked = Asked()
    posts: Mapping[str, Asked] = field(default_factory=dict)
    gets: Mapping[str, Asked] = field(default_factory=dict)
    command: Asked = Asked()
    tools: Mapping[str, bool] = field(default_factory=dict)
