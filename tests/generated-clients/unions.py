#!/usr/bin/env python3
"""Checks that generators can tell the members of each union apart: unions.py DOCUMENT DART

- Every union has a name, so that it gets a class with this name.
- Every member has a required property with one value, and the mapping has each value once.
- The client in Dart, which is not compiled, has the same mapping.
"""

import json
import re
import sys
from pathlib import Path

document = json.loads(Path(sys.argv[1]).read_text())
models = Path(sys.argv[2]) / "lib/src/model"
schemas = document["components"]["schemas"]
faults = []


def inline_unions(value, place):
    """Yields the places of unions below a value."""
    if isinstance(value, dict):
        if any(isinstance(value.get(kind), list) for kind in ("oneOf", "anyOf", "allOf")):
            yield place
        for name, inner in value.items():
            yield from inline_unions(inner, f"{place}/{name}")
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from inline_unions(inner, f"{place}/{number}")


def check(name, union):
    """Checks one union and its class in Dart."""
    members = [member["$ref"] for member in union.get("oneOf", [])]
    property_name = union.get("discriminator", {}).get("propertyName")
    mapping = union.get("discriminator", {}).get("mapping", {})
    if not members or sorted(mapping.values()) != sorted(members):
        faults.append(f"{name}: the mapping is not that of the members")
    for value, reference in mapping.items():
        member = schemas[reference.rsplit("/", 1)[1]]
        is_required = property_name in member["required"]
        if not is_required or member["properties"][property_name].get("const") != value:
            faults.append(f"{name}: {reference} has no property {property_name} that is {value}")
    snake = re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()
    dart = (models / f"{snake}.dart").read_text()
    found = dict(re.findall(r"    r'(\w+)': (\w+),\n", dart))
    if found != {value: reference.rsplit("/", 1)[1] for value, reference in mapping.items()}:
        faults.append(f"{name}: the class in Dart has the mapping {found}")


unions = {name: schema for name, schema in schemas.items() if not {"oneOf", "anyOf", "allOf"}.isdisjoint(schema)}
for union_name, schema in unions.items():
    check(union_name, schema)
named = {f"/components/schemas/{name}" for name in unions}
faults += [f"{place} has no name" for place in inline_unions(document, "") if place not in named]
if faults or not unions:
    sys.exit("\n".join(faults) or "There are no unions.")
