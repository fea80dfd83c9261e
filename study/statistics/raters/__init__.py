"""Ask of participants: do some click at random, do two groups disagree, did one person vote twice?"""
