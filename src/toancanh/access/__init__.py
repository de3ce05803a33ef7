"""Access: who may see and do. People, roles, scope, gates."""
