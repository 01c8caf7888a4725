-- Run once by the image of PostgreSQL, as superuser, when it makes its database: the two roles that
-- docs/database-roles.md explains, with the passwords that make_secrets.py made.
\set owner_password `cat /run/owner-secrets/owner_password`
\set serving_password `cat /run/secrets/database_password`

CREATE ROLE contactmomenten_owner LOGIN PASSWORD :'owner_password';
CREATE ROLE contactmomenten LOGIN PASSWORD :'serving_password';
CREATE DATABASE contactmomenten OWNER contactmomenten_owner;
REVOKE ALL ON DATABASE contactmomenten FROM PUBLIC;
GRANT CONNECT ON DATABASE contactmomenten TO contactmomenten;
