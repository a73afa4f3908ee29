"""What ingest decides: what a body says, what makes an entry, when it is too much, when a feed is asked again."""
