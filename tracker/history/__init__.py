"""What an archived track tells: where a courier stopped, which trips lie between, how far and how long."""
