"""Other engines that answer the same questions, so that our figures stand beside theirs in one run."""
