"""What a change of a JSON Schema would break for those who still have the older one."""

from collections.abc import Iterator
from typing import Any

Schema = dict[str, Any]

CONSTRAINTS = ("maxLength", "minLength", "maximum", "minimum", "maxItems", "minItems", "pattern", "format")


def breaks(old: Schema, new: Schema) -> list[str]:
    """Each way in which an older writer's payloads or an older reader's expectations do not survive the new schema."""
    return list(_object(old, new, old.get("$defs", {}), new.get("$defs", {}), "payload"))


def _object(old: Schema, new: Schema, old_defs: Schema, new_defs: Schema, where: str) -> Iterator[str]:
    olds, news = old.get("properties", {}), new.get("properties", {})
    for name in olds.keys() - news.keys():
        yield f"{where}.{name} is gone: an older reader may need it"
    for name in set(new.get("required", [])) - set(old.get("required", [])):
        yield f"{where}.{name} is required now: an older writer may not send it"
    for name in set(old.get("required", [])) - set(new.get("required", [])):
        yield f"{where}.{name} is optional now: an older reader relies on it"
    for name in olds.keys() & news.keys():
        yield from _value(olds[name], news[name], old_defs, new_defs, f"{where}.{name}")


def _value(old: Schema, new: Schema, old_defs: Schema, new_defs: Schema, where: str) -> Iterator[str]:
    old, new = _resolved(old, old_defs), _resolved(new, new_defs)
    if kinds(old, old_defs) != kinds(new, new_defs):
        yield f"{where} was {sorted(kinds(old, old_defs))} and is {sorted(kinds(new, new_defs))}"
        return
    for constraint in CONSTRAINTS:
        if old.get(constraint) != new.get(constraint):
            yield f"{where}: {constraint} was {old.get(constraint)} and is {new.get(constraint)}"
    if set(old.get("enum", [])) != set(new.get("enum", [])):
        changed = set(old.get("enum", [])) ^ set(new.get("enum", []))
        yield f"{where}: the closed words {sorted(changed)} were added or taken"
    if "properties" in old:
        yield from _object(old, new, old_defs, new_defs, where)
    if "items" in old:
        yield from _value(old["items"], new.get("items", {}), old_defs, new_defs, f"{where}[]")
    for before, after in zip(old.get("anyOf", []), new.get("anyOf", []), strict=False):
        yield from _value(before, after, old_defs, new_defs, where)


def kinds(schema: Schema, defs: Schema) -> set[str]:
    """The JSON types that a schema admits."""
    schema = _resolved(schema, defs)
    if "anyOf" in schema:
        return set().union(*(kinds(option, defs) for option in schema["anyOf"]))
    return {str(schema.get("type", "any"))}


def _resolved(schema: Schema, defs: Schema) -> Schema:
    reference = schema.get("$ref")
    return defs[reference.rpartition("/")[2]] if reference else schema
