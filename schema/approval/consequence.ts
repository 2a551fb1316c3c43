import { isPushTitle } from "../command/push-title.ts";
import { type ApprovalSubject, deployPrefix, repairPrefix, seenBy } from "./approval.ts";
import { type Effect, effectsOfSubject } from "./effect.ts";

type AskedFor = { subject: ApprovalSubject; title: string; effects?: readonly Effect[] | undefined };

/**
 * What a yes would bring about, for somebody who reads no commands: what happens, who would see it, and
 * whether it can be undone. It says less than the thing itself, which stands beside it, and nothing else.
 */
export type Consequence = { what: string; seen: string; undo: string };

const nobody = "You and your agents, and whoever has a link to its preview.";
const byGit = "Yes: every earlier version is kept.";
const pushedMain: Consequence = {
  what: "Its work becomes the current version of the project.",
  seen: `${nobody} It goes online by another yes, or by itself where you have set that.`,
  undo: byGit,
};
const effectWords: Record<string, (object: string) => Consequence> = {
  push: (to) =>
    to === "main"
      ? pushedMain
      : to === "tags"
        ? { what: "The work so far gets a version number.", seen: nobody, undo: "Not by you: a version number stays." }
        : { what: `Its work is kept in the project under the name “${to}”.`, seen: nobody, undo: byGit },
  publish: () => ({
    what: "A package is published where everybody finds it.",
    seen: "Everybody on the internet.",
    undo: "Hardly: what was published once is copied.",
  }),
  reach: (host) => ({
    what: `It talks to ${host} on the internet.`,
    seen: `Whoever runs ${host} sees what is sent there.`,
    undo: "What was sent can't be taken back. That it may go there can, under Rules.",
  }),
  change: (path) => ({
    what: `The file ${path} is changed, as shown.`,
    seen: nobody,
    undo: "Yes, as long as the old text is kept somewhere.",
  }),
  deploy: (project) => ({
    what: `${project} runs at its address as it is now. Where an earlier version runs there, it gives way.`,
    seen: "You alone, or everybody where you have published it.", // which of them a newer question says
    undo: "Yes: it can be taken offline, or what ran before put back, in one press. What it has written to its data stays.",
  }),
  use: ofOperation,
  run: () => ({
    what: "It runs this command. What that does can't be told beforehand.",
    seen: "It runs in your agent's own box, which reaches only what you allow.",
    undo: "Files of the project, yes. Anything else the command does may stay.",
  }),
};
function ofOperation(operation: string): Consequence {
  const [service, host] = [/^service:([^/]+)\//.exec(operation)?.[1], operation.slice(operation.lastIndexOf("://") + 3)];
  if (service !== undefined && operation.includes("://"))
    return {
      what: `It asks the service ${service} to do something for you.`,
      seen: `Whoever runs ${host} sees what is sent there.`,
      undo: `That depends on ${service}.`,
    };
  if (operation.startsWith("files:"))
    return {
      what: "It reads or changes files outside of its own folder.",
      seen: nobody,
      undo: "What it reads stays read; changes there are not kept by Git.",
    };
  return {
    what: "It uses something that its kind of agent may not use by itself.",
    seen: "That depends on what it is.",
    undo: "That can't be told beforehand.",
  };
}

const mostTold = 3;
const pushedSomewhere: Consequence = {
  what: "Something is sent to a Git repository. Where to, and what, the command says.",
  seen: "Whoever may read that repository.",
  undo: "That depends on where it goes.",
};
/**
 * Whether a command is nothing but a push to its own project: its title says so, which names all that is
 * asked.
 */
const isOwnPush = ({ subject, title }: AskedFor): boolean => subject.kind === "command" && isPushTitle(title);
/** What is told of a command that holds more than is known of it: the worst first, and that it runs. */
function tellCommand(effects: readonly Effect[]): Consequence[] {
  const named = ["publish", "reach"].flatMap((kind) =>
    effects.flatMap((effect) => (effect.startsWith(`${kind}:`) ? tellEffect(effect) : [])),
  );
  const pushed = effects.some((effect) => effect.startsWith("push:")) ? [pushedSomewhere] : [];
  return [...distinct([...named, ...pushed]).slice(0, mostTold - 1), ...tellEffect("run:")];
}
function tellEffect(effect: Effect): Consequence[] {
  const colon = effect.indexOf(":");
  const describe = effectWords[effect.slice(0, colon)];
  return describe ? [describe(effect.slice(colon + 1))] : [];
}
/** A version number that comes with a new current version is told with it: two answers would contradict. */
function tellEffects(effects: readonly Effect[]): Consequence[] {
  if (!effects.includes("push:main") || !effects.includes("push:tags")) return effects.flatMap(tellEffect);
  const together: Consequence = {
    what: "Its work becomes the current version of the project, and gets a version number.",
    seen: pushedMain.seen,
    undo: `${byGit} Only the version number stays.`,
  };
  const isPart = (effect: Effect) => effect === "push:main" || effect === "push:tags";
  return effects.flatMap((effect) => (isPart(effect) ? [together] : tellEffect(effect)));
}
const distinct = (all: readonly Consequence[]) =>
  all.filter((consequence, at) => all.findIndex((other) => other.what === consequence.what) === at);
/** Who sees a release, where the question says it. */
function withAudience(consequences: readonly Consequence[], { subject }: AskedFor): Consequence[] {
  const said = subject.kind === "operation" && subject.operation.startsWith(deployPrefix) ? subject.detail?.split("\n") : undefined;
  const seen = Object.values(seenBy).find((audience) => said?.includes(audience));
  return consequences.map((consequence) => (seen ? { ...consequence, seen } : consequence));
}
/** Nothing for what is told in its own words: a question, a conflict, a budget, a repair. */
export function describeConsequences(asked: AskedFor): Consequence[] {
  const { subject, effects = effectsOfSubject(subject) } = asked;
  const told = subject.kind === "command" || subject.kind === "diff" || subject.kind === "operation";
  if (!told || (subject.kind === "operation" && subject.operation.startsWith(repairPrefix))) return [];
  if (subject.kind === "command" && !isOwnPush(asked)) return tellCommand(effects);
  return withAudience(distinct(tellEffects(effects)).slice(0, mostTold), asked);
}
/** Whether the thing itself may stand folded: all that it does is known, and said before it. */
export function isToldWhole(asked: AskedFor): boolean {
  const { subject, effects = effectsOfSubject(subject) } = asked;
  if (subject.kind === "operation") return subject.operation.startsWith(deployPrefix) || subject.operation.startsWith("network:");
  return isOwnPush(asked) && effects.length > 0 && effects.length <= mostTold && effects.every((effect) => /^push:/.test(effect));
}
