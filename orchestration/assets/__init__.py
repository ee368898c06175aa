"""Dagster assets, one module a stage, in the order of the flow: returns, warehouse, judgement, publication.

Each asset's work is a plain function of another room; here it is only given a key, its neighbours, its partitions
and its checks.
"""
