"""Bodies of REST as msgspec Structs: the declaration is the schema, with both bounds on every number."""
