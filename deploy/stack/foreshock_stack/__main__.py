"""`python -m foreshock_stack …`: what `./run …` becomes once the virtual environment is there."""

from foreshock_stack.cli import main

main()
