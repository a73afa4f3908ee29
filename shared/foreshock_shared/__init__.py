"""What the services share: the contracts they speak and the runtime that delivers them."""
