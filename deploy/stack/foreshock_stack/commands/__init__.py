"""What a user types after `./run`: one module a command, imported only when it is asked for."""
