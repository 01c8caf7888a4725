"""Who may do what: tokens, clients, applications and scopes."""
