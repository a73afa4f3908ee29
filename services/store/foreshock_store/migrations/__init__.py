"""Steps of the schema `store`, oldest first; run by `foreshock_shared.runtime.database.migrate`."""
