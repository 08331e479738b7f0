"""London Theatre Direct, REST API v2: client (their words), mappings (pure), desks (our verbs)."""
