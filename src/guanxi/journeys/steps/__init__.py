"""The kinds of steps: the list is the only place that knows all of them."""

from __future__ import annotations

from guanxi.journeys.steps.base import Step
from guanxi.journeys.steps.branch import Branch
from guanxi.journeys.steps.change import Change
from guanxi.journeys.steps.give_up import GiveUp
from guanxi.journeys.steps.offer import Offer
from guanxi.journeys.steps.repeat import Repeat
from guanxi.journeys.steps.send import Send
from guanxi.journeys.steps.signal import Signal
from guanxi.journeys.steps.start import End, Start
from guanxi.journeys.steps.task import Task
from guanxi.journeys.steps.wait import Wait

STEP_KINDS: tuple[type[Step], ...] = (Send, Wait, Branch, Repeat, Task, Change, Offer, Signal, GiveUp, Start, End)
