"""What a run comes to, in figures."""

import collections


class Report:
    def __init__(self):
        self.rounds = self.failed = 0
        self.kills = collections.Counter()
        self.worst = {}
        self.sums = collections.Counter()

    def add(self, kill):
        self.rounds += 1
        self.kills[kill] += 1

    def note(self, name, seconds, where):
        if name not in self.worst or seconds > self.worst[name][0]:
            self.worst[name] = (seconds, where)

    def print(self, seed, took):
        kills = ", ".join(f"{number} {kind}" for kind, number in sorted(self.kills.items()))
        print(f"rounds     {self.rounds} ({kills}) in {took:.0f} s, {self.failed} failed, seed {seed}")
        for name, number in self.sums.items():
            print(f"{name:<48} {number}")
        for name, (seconds, where) in self.worst.items():
            print(f"worst {name:<42} {seconds * 1000:.0f} ms ({where})")
