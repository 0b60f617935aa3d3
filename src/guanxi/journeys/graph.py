"""The grammar of a journey and its checks: what starts it, what ends it, its steps. Pure (docs: journey-grammar.md)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property, lru_cache

from guanxi.journeys.clockwork import EVENT, Clockwork, Festival, Launch, Schedule, read_clockwork
from guanxi.journeys.conditions import ALWAYS, FACTS_SHAPE, Condition, Test, read_facts
from guanxi.journeys.occasions import Happening, Occasion, take_occasion
from guanxi.journeys.reading import Block, Fields, GraphError, read_block
from guanxi.journeys.shelf import Shelf, read_shelf
from guanxi.journeys.steps import STEP_KINDS
from guanxi.journeys.steps.base import END, Step, read_frame
from guanxi.journeys.steps.branch import Branch
from guanxi.journeys.steps.offer import Offer
from guanxi.journeys.steps.repeat import Repeat
from guanxi.journeys.steps.send import Send
from guanxi.journeys.steps.task import Task
from guanxi.journeys.steps.wait import Wait
from guanxi.outbox import places

NAME = re.compile(r"[a-z][a-z0-9-]{0,39}")
ONCE, ONCE_PER_OBJECT, AGAIN, EACH_TIME = "once", "once per object", "again_after", "each time"
ENTRIES = (ONCE, ONCE_PER_OBJECT, EACH_TIME)
REASON = re.compile(r"[a-z][a-z0-9_]{0,39}")
SHORTEST_PAUSE = timedelta(days=1)
PER_CUSTOMER, PER_CONTACT = PER = ("customer", "contact")
OBJECTS = ("order", "cart", "invoice", "inquiry", "quotation", "complaint", "project", "message", "document")
# What happens to everybody at once.
FOR_ALL = (Schedule, Festival, Launch)
# A calendar concerns everybody; one of these says whom it is meant for, and finds them without looking at all.
NARROWING = frozenset({"tier", "segment", "tag"})
# What the steps of a journey bring about.
OWN_DOING = ("journey.", "task.", "email.sent")


@dataclass(frozen=True, slots=True)
class Trigger:
    """An occasion that starts the journey for those who meet `when`, unless it is older than `within` when it is read.

    With `clockwork` no event of the customer's pulls it; the occasion is then that its moment came. `name` is what the
    steps know it by (`came_by`); without one that is the name of the event.
    """

    occasion: Occasion
    within: timedelta
    when: Condition = ALWAYS
    clockwork: Clockwork | None = None
    name: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """How often one customer, or each contact (`per`), may enter: once, once per object, again `after` a while, or with
    each event, also when he is under way."""

    rule: str
    after: timedelta = timedelta()
    per: str = PER_CUSTOMER


@dataclass(frozen=True, slots=True)
class Exit:
    """Ends the journey: when the occasion happens, or when the condition holds at the next step.

    `is_goal`: what the journey wanted has come about.
    """

    reason: str
    occasion: Occasion | None
    when: Condition | None
    is_goal: bool = False


@dataclass(frozen=True)
class Graph:
    """A journey that has passed every check. `priority`: smaller goes first (CN-19)."""

    key: str
    shelf: Shelf
    source: str
    priority: int
    is_lifecycle: bool
    about: str
    triggers: tuple[Trigger, ...]
    entry: Entry
    exits: tuple[Exit, ...]
    steps: Mapping[str, Step]
    first: str

    @property
    def title(self) -> str:
        return self.shelf.titles["en"]

    def waits_for(self, event: Happening, *, object_kind: str, object_id: str) -> list[str]:
        """The waiting steps this event would end."""
        return [
            step.frame.id
            for step in self.steps.values()
            if isinstance(step, Wait)
            and any(each.matches_for(event, object_kind=object_kind, object_id=object_id) for each in step.until)
        ]

    def waits_like(self, step_id: str) -> frozenset[str]:
        """The waits for an event that this one waits for too: what has ended it does not end them as well."""
        step = self.steps[step_id]
        names = frozenset().union(*(each.names for each in step.until)) if isinstance(step, Wait) else frozenset()
        return frozenset(
            other.frame.id for other in self.steps.values()
            if isinstance(other, Wait) and any(each.names & names for each in other.until)
        )  # fmt: skip

    def exit_for(self, event: Happening, *, object_kind: str, object_id: str) -> str:
        """The reason of the first exit this event opens, or nothing."""
        for way_out in self.exits:
            occasion = way_out.occasion
            if occasion and occasion.matches_for(event, object_kind=object_kind, object_id=object_id):
                return way_out.reason
        return ""

    @cached_property
    def hands_out(self) -> bool:
        """Whether a step hands out codes of an offer."""
        return any(isinstance(step, Offer) for step in self.steps.values())

    @cached_property
    def goals(self) -> frozenset[str]:
        """The reasons to leave that mean success."""
        return frozenset(way_out.reason for way_out in self.exits if way_out.is_goal)

    @cached_property
    def asked(self) -> frozenset[str]:
        """Every fact this journey asks for once somebody is in it, and every one `wait` reads a date from."""
        names = frozenset().union(*(way_out.when.names for way_out in self.exits if way_out.when))
        for step in self.steps.values():
            names |= step.frame.when.names
            if isinstance(step, Branch):
                names = names.union(*(way.when.names for way in step.ways))
            if isinstance(step, (Wait, Send, Task)) and step.fact:
                names |= {step.fact}
            if isinstance(step, Send):
                names |= step.told
        return names

    @cached_property
    def tells_time(self) -> bool:
        """Whether a step names an hour or a day of the reader's own clock."""
        return any(
            (isinstance(step, Wait) and (step.hour or step.day))
            or (isinstance(step, Wait | Task) and step.fact)
            or (isinstance(step, Send) and step.tells_days)
            for step in self.steps.values()
        )

    @cached_property
    def asked_at_the_door(self) -> frozenset[str]:
        """Every fact its triggers ask for."""
        return frozenset().union(*(trigger.when.names for trigger in self.triggers))

    @cached_property
    def beginnings(self) -> frozenset[str]:
        """Every event that can begin this journey."""
        return frozenset().union(*(trigger.occasion.names for trigger in self.triggers))

    @cached_property
    def event_names(self) -> frozenset[str]:
        """Every event that can end this journey."""
        return frozenset().union(*(way_out.occasion.names for way_out in self.exits if way_out.occasion))


@lru_cache(maxsize=256)
def read_graph(text: str) -> Graph:
    """The journey written in `text` (YAML). Raises GraphError, which names line, step, mistake and remedy."""
    return read_fields(Fields(read_block(text)))


def read_fields(fields: Fields) -> Graph:
    """The same from the fields of the document."""
    key, about = read_key(fields), read_about(fields)
    steps = _read_steps(fields)
    triggers = _read_triggers(fields, key, about)
    graph = Graph(
        key=key,
        shelf=read_shelf(fields),
        source=fields.text("source", ""),
        priority=read_priority(fields, triggers),
        is_lifecycle=fields.flag("lifecycle"),
        about=about,
        triggers=triggers,
        entry=read_entry(fields, about, triggers),
        exits=(
            *(read_exit(fields.inside(block, "goals"), is_goal=True) for block in fields.blocks("goals")),
            *(read_exit(fields.inside(block, "exits")) for block in fields.blocks("exits")),
        ),
        steps=steps,
        first=next(iter(steps), END),
    )
    fields.close()
    return graph


def read_key(fields: Fields) -> str:
    return fields.word("key", NAME, "small letters, digits and hyphens, at most 40")


def read_about(fields: Fields) -> str:
    return fields.one_of("about", (*OBJECTS, ""), "")


def read_priority(fields: Fields, triggers: Sequence[Trigger]) -> int:
    return fields.number("priority", _usual_place(fields.flag("lifecycle"), triggers), least=1, most=99)


def _usual_place(is_lifecycle: bool, triggers: Sequence[Trigger]) -> int:
    """A behaviour trigger goes before a lifecycle flow, and that before what the calendar alone sends (CN-19)."""
    if is_lifecycle:
        return places.LIFECYCLE
    return places.NEWSLETTER if all(isinstance(each.clockwork, FOR_ALL) for each in triggers) else places.TRIGGER


def _read_triggers(fields: Fields, key: str, about: str) -> tuple[Trigger, ...]:
    blocks = fields.blocks("trigger", "`trigger` is missing; name the event that starts the journey.")
    return tuple(
        read_trigger(fields.inside(block, "trigger"), key, about, number) for number, block in enumerate(blocks)
    )


def read_trigger(fields: Fields, key: str, about: str, number: int) -> Trigger:
    clockwork = read_clockwork(fields)
    if clockwork and about:
        fields.fail(f"a {type(clockwork).__name__.lower()} is not about one {about}; leave `about` out.")
    occasion = _moment(key, number) if clockwork else take_occasion(fields)
    when = read_facts(fields.block_of("when", shape=FACTS_SHAPE), "trigger")
    _check_narrow(fields, clockwork, when)
    within = fields.span("within", timedelta(days=3))
    name = fields.word("as", NAME, "small letters, digits and hyphens", "")
    fields.close()
    return Trigger(occasion, within, when, clockwork, name)


def _moment(key: str, number: int) -> Occasion:
    """What the daily round records for this trigger."""
    where = Condition((Test("journey", (key,)), Test("trigger", (number,))))
    return Occasion(frozenset({EVENT}), where)


def _check_narrow(trigger: Fields, clockwork: Clockwork | None, when: Condition) -> None:
    if not isinstance(clockwork, Schedule | Festival):
        return
    narrow = [test for test in when.tests if not test.negated and test.values]
    if not any(test.name in NARROWING or test.name.startswith("standing.") for test in narrow):
        trigger.fail("a calendar concerns everybody; say whom in `when`, by tier, standing, segment or tag.")


def read_entry(fields: Fields, about: str, triggers: Sequence[Trigger]) -> Entry:
    value = fields.word_or_block("entry", ENTRIES)
    per = fields.one_of("per", PER, PER_CUSTOMER)
    if isinstance(value, Block):
        again = fields.inside(value, "entry")
        after = again.span(AGAIN)
        if after < SHORTEST_PAUSE:
            again.fail("`again_after` is shorter than a day; a journey could then start itself without end.", AGAIN)
        again.close()
        return Entry(AGAIN, after, per)
    if value == ONCE_PER_OBJECT and not about:
        fields.fail("`once per object` needs an object; add `about: order`.", "entry")
    if value == EACH_TIME and (own := _own_doing(triggers)):
        fields.fail(f"`{EACH_TIME}` and `{own}` could start each other without end; write `again_after`.", "entry")
    return Entry(value, per=per)


def _own_doing(triggers: Sequence[Trigger]) -> str:
    """An event among these that steps of journeys bring about, or nothing."""
    names = sorted(name for trigger in triggers for name in trigger.occasion.names)
    return next((name for name in names if name.startswith(OWN_DOING)), "")


def read_exit(fields: Fields, *, is_goal: bool = False) -> Exit:
    block = fields.block
    reason = fields.word("reason", REASON, "one word such as `reacted`")
    if ("event" in block) == ("when" in block):
        fields.fail("an exit has either `event` or `when`; keep one of them.")
    if "event" in block:
        way_out = Exit(reason, take_occasion(fields), None, is_goal)
    else:
        way_out = Exit(reason, None, read_facts(fields.block_of("when", shape=FACTS_SHAPE), fields.where), is_goal)
    fields.close()
    return way_out


def _read_steps(fields: Fields) -> dict[str, Step]:
    blocks = fields.blocks("steps", "`steps` is empty; a journey has at least one step.")
    ids = [read_step_id(block) for block in blocks]
    steps: dict[str, Step] = {}
    for position, block in enumerate(blocks):
        following = ids[position + 1] if position + 1 < len(ids) else END
        steps[ids[position]] = read_step(ids[position], following, block)
    check_names(blocks)
    for block, step in zip(blocks, steps.values(), strict=True):
        check_ways(step, ids, block)
    _check_reachable(steps, blocks)
    return steps


def check_names(blocks: Sequence[Block]) -> None:
    seen = set[str]()
    for block in blocks:
        if block["id"] in seen:
            raise GraphError(block.line, "", f"two steps are called `{block['id']}`; rename one.")
        seen.add(block["id"])


def read_step_id(block: Block) -> str:
    fields = Fields(block, "steps")
    step_id = fields.text("id")
    if not NAME.fullmatch(step_id) or step_id == "end":
        fields.fail(f"`id` is {step_id!r}; write small letters, digits and hyphens (and not `end`).", "id")
    return step_id


def read_step(step_id: str, following: str, block: Block) -> Step:
    fields = Fields(block, f"step {step_id}")
    fields.has("id")
    kinds = [kind for kind in STEP_KINDS if kind.kind in block]
    if len(kinds) != 1:
        names = ", ".join(kind.kind for kind in STEP_KINDS)
        fields.fail(f"a step does exactly one thing; write one of {names}.")
    step = kinds[0].read(read_frame(step_id, following, fields), fields)
    fields.close()
    return step


def check_ways(step: Step, ids: list[str], block: Block) -> None:
    """Every way leads to a step further down; only `repeat` leads back, past a wait."""
    position, where = ids.index(step.frame.id), f"step {step.frame.id}"
    for target in step.targets():
        if target != END and target not in ids:
            raise GraphError(block.line, where, f"there is no step `{target}`; the steps are {', '.join(ids)}.")
        if target != END and ids.index(target) <= position:
            raise GraphError(block.line, where, f"`{target}` stands further up; only `repeat` goes back.")
    if isinstance(step, Repeat) and (step.back_to not in ids or ids.index(step.back_to) >= position):
        raise GraphError(block.line, where, f"`repeat` names {step.back_to!r}; name a step further up.")


def _check_reachable(steps: dict[str, Step], blocks: list[Block]) -> None:
    reached = set(_reach(steps, next(iter(steps), END)))
    for block, step in zip(blocks, steps.values(), strict=True):
        where = f"step {step.frame.id}"
        if step.frame.id not in reached:
            raise GraphError(block.line, where, "no way leads here; add a `go`, or remove the step.")
        if isinstance(step, Repeat) and step.frame.id in _reach(steps, step.back_to, past_waits=False):
            raise GraphError(block.line, where, "the round has a way without a wait; add a `wait` step to it.")


def _reach(steps: Mapping[str, Step], start: str, *, past_waits: bool = True) -> Iterator[str]:
    """The steps a reader can come to from `start`, itself included."""
    seen, open_ends = set(), [start]
    while open_ends:
        step_id = open_ends.pop()
        if step_id == END or step_id in seen:
            continue
        seen.add(step_id)
        yield step_id
        step = steps[step_id]
        if past_waits or not isinstance(step, Wait) or _may_be_skipped(step):
            open_ends.extend(step.targets())


def _may_be_skipped(step: Step) -> bool:
    """A wait with a condition or an end of its window stops nobody for certain."""
    return bool(step.frame.when.tests) or step.frame.times.not_after is not None
