"""Posts, their keys and revisions, stories and dead letters."""

from alembic import op

revision = "0001"
down_revision = None

TABLES = """
CREATE TABLE store.post_keys (
    id uuid PRIMARY KEY,
    accepted_at timestamptz NOT NULL,
    content bytea NOT NULL
);
CREATE INDEX post_keys_accepted_at ON store.post_keys USING brin (accepted_at) WITH (pages_per_range = 16);

CREATE TABLE store.posts (
    id uuid NOT NULL,
    accepted_at timestamptz NOT NULL,
    stored_at timestamptz NOT NULL,
    source text NOT NULL,
    native_id text,
    url text,
    author text,
    lang text,
    source_kind text NOT NULL,
    tier text NOT NULL,
    created_at timestamptz,
    text text NOT NULL,
    judgement json NOT NULL,
    urgency smallint NOT NULL,
    shock boolean NOT NULL,
    topics text[],
    story_id uuid,
    story json,
    origin uuid,
    search tsvector,
    current_at timestamptz,
    first json,
    PRIMARY KEY (accepted_at, id)
) PARTITION BY RANGE (accepted_at);
CREATE INDEX posts_relevant ON store.posts (accepted_at, id) WHERE topics IS NOT NULL;
CREATE INDEX posts_shock ON store.posts (accepted_at, id) WHERE shock;
CREATE INDEX posts_story ON store.posts (story_id, accepted_at, id) WHERE story_id IS NOT NULL;
CREATE INDEX posts_search ON store.posts USING gin (search) WHERE search IS NOT NULL;

CREATE TABLE store.post_revisions (
    id uuid NOT NULL,
    accepted_at timestamptz NOT NULL,
    content bytea NOT NULL,
    post json,
    judgement json,
    PRIMARY KEY (id, accepted_at)
);
CREATE INDEX post_revisions_accepted_at ON store.post_revisions (accepted_at);

CREATE SEQUENCE store.story_turns;
CREATE TABLE store.stories (
    id uuid PRIMARY KEY,
    turn bigint NOT NULL,
    headline text NOT NULL,
    first_seen timestamptz NOT NULL,
    last_seen timestamptz NOT NULL,
    touched timestamptz NOT NULL,
    posts integer NOT NULL,
    origins integer NOT NULL,
    shock boolean NOT NULL,
    lifts boolean NOT NULL,
    ends uuid,
    entities json NOT NULL,
    state json NOT NULL
);
CREATE INDEX stories_turn ON store.stories (turn);
CREATE INDEX stories_last_seen ON store.stories (last_seen, id);
CREATE INDEX stories_ends ON store.stories (ends) WHERE ends IS NOT NULL;

CREATE TABLE store.dead_letters (
    stream text NOT NULL,
    entry text NOT NULL,
    died_at timestamptz NOT NULL,
    post_id text,
    origin text,
    event text,
    error text NOT NULL,
    reason text NOT NULL,
    data bytea NOT NULL,
    PRIMARY KEY (stream, entry)
);
CREATE INDEX dead_letters_post_id ON store.dead_letters (post_id);
CREATE INDEX dead_letters_died_at ON store.dead_letters (died_at)
"""

VIEW = """
CREATE VIEW store.v_posts AS
SELECT id, accepted_at, json_build_object(
    'id', id, 'source', source, 'native_id', native_id, 'url', url, 'author', author,
    'source_kind', source_kind, 'tier', tier, 'created_at', created_at,
    'accepted_at', accepted_at, 'stored_at', stored_at, 'excerpt', left(text, 500),
    'origin', origin, 'classification', judgement, 'story', story
) AS payload
FROM store.posts
WHERE topics IS NOT NULL
"""

GRANT_TO_NOTIFY = """
DO $$ BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'foreshock_notify') THEN
        GRANT USAGE ON SCHEMA store TO foreshock_notify;
        GRANT SELECT ON store.v_posts TO foreshock_notify;
    END IF;
END $$
"""


def upgrade() -> None:
    for statement in TABLES.split(";\n"):
        op.execute(statement)
    op.execute(VIEW)
    op.execute(GRANT_TO_NOTIFY)
