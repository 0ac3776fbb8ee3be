"""The configuration against the engine: what is measured must be what the engine was made for."""

from __future__ import annotations

from dataclasses import replace
from typing import cast, get_args

from livespot.config import AUTO, Alignment, Config, FlowConfig
from livespot.errors import ConfigError
from livespot.inference.runner import Runner


def resolved_config(config: Config, runner: Runner) -> Config:
    """The configuration with the engine's regions and alignment in place of ``auto``.

    Called as soon as the engine is loaded and before any source is opened; the result goes to every step and into
    every file. A configuration that is resolved already comes back equal.

    Parameters
    ----------
    config : Config
    runner : Runner
        An engine that does not say how head motion was taken out of its windows gets what is configured.

    Raises
    ------
    ConfigError
        When ``flow.regions`` or ``flow.alignment`` is set to something that the engine was not made for.
    """
    check_made_for(config.flow, runner)
    flow = replace(config.flow, regions=runner.info.regions)
    if runner.info.alignment in get_args(Alignment):
        flow = replace(flow, alignment=cast(Alignment, runner.info.alignment))
    return replace(config, flow=flow.settled())


def check_made_for(flow: FlowConfig, runner: Runner) -> None:
    """Refuse an engine that was made for other regions or another alignment than those that are set.

    Raises
    ------
    ConfigError
        Names both and the cure.
    """
    for setting, asked, made_for in (
        ("regions", flow.regions, runner.info.regions),
        ("alignment", flow.alignment, runner.info.alignment),
    ):
        if made_for and asked not in (AUTO, made_for):
            raise ConfigError(
                f"flow.{setting}: is {asked!r}, but engine {runner.info.name} was made for {made_for!r}; "
                f"set it to {made_for!r} or {AUTO!r}, or choose another engine"
            )
