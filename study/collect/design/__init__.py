"""Plan which pairs a participant gets: balanced blocks, or adaptively, as rows of trials."""
