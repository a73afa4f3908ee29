"""How the schema `notify` came to be: one step a file, each run once and in order."""
