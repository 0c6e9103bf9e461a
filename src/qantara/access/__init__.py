"""Who may act: principals, API keys, roles and scopes, four eyes, and the audit trail."""
