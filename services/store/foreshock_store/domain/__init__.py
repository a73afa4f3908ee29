"""What the store decides: stories, copies, search, partitions, trimming. Pure: no server, no clock, no environment."""
