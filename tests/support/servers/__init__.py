"""What runs beside a test: TensorBoards, data servers, proxies."""
