"""The statements of leasing. `$1` is the receiver, where there is one, and `$2` the time."""

from typing import Final

READY: Final = """
    NOT EXISTS (
        SELECT FROM notify.deliveries AS old
        WHERE old.incident_id = due.incident_id AND old.receiver = $1 AND old.revision < due.revision
          AND old.state = 'in_flight'
      )
      AND NOT EXISTS (
        SELECT FROM notify.deliveries AS item JOIN notify.deliveries AS digest ON digest.id = item.digest_id
        WHERE item.incident_id = due.incident_id AND item.receiver = $1 AND digest.state = 'in_flight'
      )
      AND NOT EXISTS (
        SELECT FROM notify.deliveries AS item JOIN notify.deliveries AS other USING (incident_id, receiver)
        WHERE item.digest_id = due.id AND other.state = 'in_flight'
      )
"""
"""Nothing is sent while an older word on the same incident is on its way, by itself or in a digest."""

OUTDATED: Final = """
    UPDATE notify.deliveries AS digest SET state = 'superseded', lease = NULL, finished_at = $2
    WHERE receiver = $1 AND kind = 'digest' AND body IS NOT NULL
      AND (state = 'pending' OR (state = 'in_flight' AND due_at <= $2))
      AND EXISTS (
        SELECT FROM notify.deliveries AS item JOIN notify.deliveries AS new USING (incident_id, receiver)
        WHERE item.digest_id = digest.id AND new.revision > item.revision
      )
    RETURNING id
"""
SUPERSEDE: Final = """
    UPDATE notify.deliveries AS old SET state = 'superseded', lease = NULL, finished_at = $2
    WHERE receiver = $1
      AND (state = 'pending' OR (state = 'in_flight' AND due_at <= $2)
           OR (state = 'collected' AND EXISTS (
               SELECT FROM notify.deliveries AS digest WHERE digest.id = old.digest_id AND digest.body IS NULL)))
      AND EXISTS (
        SELECT FROM notify.deliveries AS new
        WHERE new.incident_id = old.incident_id AND new.receiver = $1 AND new.revision > old.revision
      )
"""
DUE: Final = f"""
    SELECT due.*, reason, data, facts, decided_at, opened_at, post_id, traceparent,
           acknowledged IS NOT NULL AS acknowledged,
           EXISTS (
             SELECT FROM notify.deliveries AS done
             WHERE done.incident_id = due.incident_id AND done.receiver = $1 AND done.state = 'delivered'
           ) AS opened,
           EXISTS (
             SELECT FROM notify.deliveries AS done
             WHERE done.incident_id = due.incident_id AND done.receiver = $1 AND done.first_attempt_at IS NOT NULL
           ) AS told,
           EXISTS (
             SELECT FROM notify.revisions AS going_on
             JOIN notify.deliveries AS done ON done.incident_id = going_on.continues
             WHERE going_on.incident_id = due.incident_id AND done.receiver = $1 AND done.first_attempt_at IS NOT NULL
           ) AS told_otherwise,
           EXISTS (
             SELECT FROM notify.deliveries AS kept
             WHERE kept.incident_id = due.incident_id AND kept.receiver = $1
               AND kept.state IN ('suppressed', 'collected')
           ) AS kept_back,
           continues
    FROM notify.deliveries AS due
    LEFT JOIN notify.revisions USING (incident_id, revision)
    LEFT JOIN notify.incidents AS incident ON incident.id = due.incident_id
    WHERE receiver = $1 AND due_at <= $2 AND state IN ('pending', 'in_flight') AND {READY}
    ORDER BY due_at, due.created_at LIMIT $3
    FOR UPDATE OF due SKIP LOCKED
"""  # noqa: S608  a fragment of our own
TOLD: Final = """
    SELECT rule, first_attempt_at FROM notify.deliveries
    WHERE receiver = $1 AND first_attempt_at > $2 AND incident_id IS NOT NULL AND rule IS NOT NULL
"""
LEASE: Final = """
    UPDATE notify.deliveries
    SET state = 'in_flight', lease = $2, due_at = $3, attempt = $4, first_attempt_at = $5, body = $6,
        rule = coalesce($7, rule), held = NULL
    WHERE id = $1
"""
HOLD: Final = "UPDATE notify.deliveries SET due_at = $2, held = $3, rule = $4 WHERE id = $1"
COLLECT: Final = "UPDATE notify.deliveries SET state = 'collected', digest_id = $2, held = $3, rule = $4 WHERE id = $1"
SUPPRESS: Final = """
    UPDATE notify.deliveries SET state = 'suppressed', held = $2, rule = $3, finished_at = $4 WHERE id = $1
"""
OPEN_DIGEST: Final = """
    SELECT id FROM notify.deliveries
    WHERE receiver = $1 AND kind = 'digest' AND state = 'pending' AND body IS NULL AND due_at = $2
"""
NEW_DIGEST: Final = """
    INSERT INTO notify.deliveries (id, receiver, kind, state, due_at, created_at)
    VALUES ($1, $2, 'digest', 'pending', $3, $4)
"""
ITEMS: Final = """
    SELECT item.id, kind, held, rule, data, decided_at
    FROM notify.deliveries AS item JOIN notify.revisions USING (incident_id, revision)
    WHERE digest_id = $1 AND state = 'collected' ORDER BY decided_at, item.id
"""
READDRESS: Final = """
    UPDATE notify.deliveries SET digest_id = $2
    WHERE digest_id = $1 AND state = 'collected' AND ($3::uuid[] IS NULL OR id = ANY($3))
"""
EMPTY: Final = "UPDATE notify.deliveries SET state = 'superseded', finished_at = $2 WHERE id = $1"
