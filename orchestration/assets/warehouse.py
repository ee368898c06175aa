"""Stages 2 and 4: the two selections of the dbt project, every model an asset, every dbt test a blocking check."""

from collections.abc import Iterator, Mapping
from typing import Any

import dagster as dg
from dagster_dbt import DagsterDbtTranslator, DagsterDbtTranslatorSettings, dbt_assets
from dagster_dbt.asset_utils import get_asset_check_key_for_test

from orchestration import warehouse
from orchestration.assets.context import LoadSettings, record_partitions


class Translator(DagsterDbtTranslator):
    """Groups follow the folders of the project; keys are short, for people."""

    def get_group_name(self, dbt_resource_props: Mapping[str, Any]) -> str | None:
        fqn = dbt_resource_props["fqn"]
        return str(fqn[1]) if len(fqn) > 2 else "seeds"

    def get_asset_key(self, dbt_resource_props: Mapping[str, Any]) -> dg.AssetKey:
        if dbt_resource_props["resource_type"] == "source":
            return dg.AssetKey([dbt_resource_props["source_name"], dbt_resource_props["name"]])
        return dg.AssetKey([str(self.get_group_name(dbt_resource_props)), dbt_resource_props["name"]])


def translator() -> Translator:
    """One translator for both selections, so that keys agree."""
    return Translator(settings=DagsterDbtTranslatorSettings(enable_asset_checks=True))


def build(
    selector: str, manifest: dict[str, Any], partitions_def: dg.PartitionsDefinition[Any] | None
) -> dg.AssetsDefinition:
    """One selection of the project as assets with checks."""
    keys_of = translator()

    @dbt_assets(
        manifest=manifest,
        select=f"tag:{selector}",
        name=f"dbt_{selector}",
        partitions_def=partitions_def,
        dagster_dbt_translator=keys_of,
    )
    def dbt_selection(
        context: dg.AssetExecutionContext, load: LoadSettings, lock: dg.ResourceParam[object]
    ) -> Iterator[Any]:
        state = load.in_hand(context)
        outcomes = warehouse.build(selector, load.var_folder)
        checks = {(key.asset_key, key.name) for key in context.selected_asset_check_keys}
        built: list[dg.AssetKey] = []
        for outcome in outcomes:
            if outcome.resource_type in ("model", "seed"):
                key = keys_of.get_asset_key(manifest["nodes"][outcome.unique_id])
                built.append(key)
                yield dg.MaterializeResult(asset_key=key, metadata={"seconds": outcome.seconds})
            elif outcome.resource_type == "test":
                check = get_asset_check_key_for_test(manifest, keys_of, outcome.unique_id, None)
                if check is not None and (check.asset_key, check.name) in checks:
                    yield dg.AssetCheckResult(
                        asset_key=check.asset_key,
                        check_name=check.name,
                        passed=outcome.status == "pass",
                        metadata={"failures": outcome.failures or 0},
                    )
        record_partitions(context, built, state.sound)

    return dbt_selection
