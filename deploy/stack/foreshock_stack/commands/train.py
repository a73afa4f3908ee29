"""`./run train`: the classifier from its corpus, anew, with its figures on held-back posts."""

from foreshock_classify.training.__main__ import main as train
from foreshock_stack.commands.classify import model_path
from foreshock_stack.environment import Environment


def run(environment: Environment) -> int:
    """Train, write the model where the service looks for it, and print the figures."""
    train([f"--model={model_path(environment)}"])
    return 0
