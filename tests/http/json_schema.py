"""Checks values against the part of JSON Schema that api/http/openapi.json uses.

    problems = Schemas(document).problems(value, schema)

Unknown keywords are problems of the schema: nothing is passed over in silence.
"""

from decimal import Decimal

KNOWN = set("$ref anyOf type properties required additionalProperties items enum description default format example".split())


def is_type(value, name):
    if name == "null":
        return value is None
    if name == "boolean":
        return isinstance(value, bool)
    if name == "integer":
        return isinstance(value, int) and not isinstance(value, bool)
    if name == "number":
        return isinstance(value, (int, float, Decimal)) and not isinstance(value, bool)
    return isinstance(value, {"string": str, "array": list, "object": dict}[name])


class Schemas:
    def __init__(self, document):
        self.document = document

    def resolve(self, node):
        """What a $ref stands for."""
        while "$ref" in node:
            at = self.document
            for part in node["$ref"].removeprefix("#/").split("/"):
                at = at[part]
            node = at
        return node

    def problems(self, value, schema, path="answer"):
        schema = self.resolve(schema)
        unknown = set(schema) - KNOWN
        if unknown:
            return [f"{path}: the schema has {sorted(unknown)}, which this reader does not know"]
        if "anyOf" in schema:
            every = [self.problems(value, choice, path) for choice in schema["anyOf"]]
            return [] if any(not found for found in every) else [f"{path}: none of {len(every)}: {every}"]
        types = schema.get("type")
        types = [types] if isinstance(types, str) else types
        if types and not any(is_type(value, name) for name in types):
            return [f"{path}: {str(value)[:80]!r} is not {' or '.join(types)}"]
        if "enum" in schema and value not in schema["enum"]:
            return [f"{path}: {value!r} is not one of {schema['enum']}"]
        if isinstance(value, dict):
            return self.problems_of_object(value, schema, path)
        if isinstance(value, list) and "items" in schema:
            return [p for i, one in enumerate(value) for p in self.problems(one, schema["items"], f"{path}[{i}]")]
        return []

    def problems_of_object(self, value, schema, path):
        found = [f"{path}: {name} is missing" for name in schema.get("required", []) if name not in value]
        members = schema.get("properties", {})
        others = schema.get("additionalProperties", True)
        for name, member in value.items():
            if name in members:
                found += self.problems(member, members[name], f"{path}.{name}")
            elif others is False:
                found.append(f"{path}: {name} is not described")
            elif isinstance(others, dict):
                found += self.problems(member, others, f"{path}.{name}")
        return found
