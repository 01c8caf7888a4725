"""Make the secrets of compose.yaml, once: those that are there already stay as they are.

They end up in two volumes: what serves cannot read the passwords of who owns the tables.
"""

import secrets
from pathlib import Path

FILES = {
    "/run/secrets": ("secret_key", "database_password", "demo_client_secret"),
    "/run/owner-secrets": ("superuser_password", "owner_password"),
}

for folder, names in FILES.items():
    for name in names:
        file = Path(folder, name)
        if not file.exists():
            # Renamed when it is whole, so that there is never half a secret.
            half = file.with_suffix(".new")
            half.write_text(secrets.token_urlsafe(32), encoding="ascii")
            # Read by the users of the database and of the program, who are different ones.
            half.chmod(0o444)
            half.rename(file)
            print(f"made {file}")
