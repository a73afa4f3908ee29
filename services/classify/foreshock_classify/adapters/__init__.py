"""Where classify meets the outside: files of the user's."""
